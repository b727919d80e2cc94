"""customers.policies.networks: networks and certificates of an org unit.

A network is kept in `state["networks"]` and, for resolve and the devices, as the policies of its settings with the
`network_id` as additional target key.
"""

from __future__ import annotations

import hashlib
from typing import Any

from server.workspace.emulator import policy_batch as batch
from server.workspace.emulator import policy_book as books
from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.call import Call, Refusal, serves
from server.workspace.emulator.device_policy import tell_devices
from server.workspace.emulator.policy_state import book, customer_of, line_of, lines_below, switches
from server.workspace.emulator.policy_value import as_kept, field_errors
from server.workspace.emulator.world import World

Json = dict[str, Any]

_SPACES = ("wifi", "ethernet", "vpn", "cellular")
_CERTIFICATES = "chrome.networks.certificates"
_REFERENCES = "type.googleapis.com/google.chrome.policy.versions.v1.RemoveCertificateErrorDetails"


@serves("chromepolicy.customers.policies.networks.defineNetwork")
def define_network(world: World, call: Call) -> Json:
    org_unit = _org_unit(world, call)
    name, settings = call.body.get("name", ""), call.body.get("settings") or []
    if not name or not settings:
        raise batch.invalid("A network needs a name and settings.")
    spaces = {wire.namespace(setting.get("policySchema", "")) for setting in settings}
    if len(spaces) != 1 or spaces.isdisjoint(f"chrome.networks.{kind}" for kind in _SPACES):
        raise batch.invalid(
            "The settings of a network must all be of one kind, such as chrome.networks.wifi."
        )
    if not any(setting["policySchema"].rpartition(".")[2].startswith("Details") for setting in settings):
        raise batch.invalid("The settings of a network must hold its Details.")
    taken = [n for n in world.state["networks"].values() if n["org_unit"] == org_unit and n["name"] == name]
    if taken:  # assumed
        raise Refusal(409, "duplicate", f"A network named {name!r} is there already.", rpc="ALREADY_EXISTS")
    network_id = _define(world, org_unit, spaces.pop(), settings, call.at)
    world.state["networks"][network_id] |= {"name": name, "kind": "network"}
    return {"networkId": network_id, "targetResource": f"orgunits/{org_unit}", "settings": settings}


@serves("chromepolicy.customers.policies.networks.defineCertificate")
def define_certificate(world: World, call: Call) -> Json:
    org_unit = _org_unit(world, call)
    text = call.body.get("certificate", "")
    if "BEGIN CERTIFICATE" not in text:
        # Assumed: DER is not taken inside JSON.
        raise batch.invalid("certificate must hold the contents of a PEM, CRT or CER file.")
    settings = call.body.get("settings") or []
    if any(wire.namespace(setting.get("policySchema", "")) != _CERTIFICATES for setting in settings):
        raise batch.invalid(f"The settings of a certificate are those of {_CERTIFICATES}.")
    network_id = _define(world, org_unit, _CERTIFICATES, settings, call.at)
    name = call.body.get("ceritificateName") or hashlib.sha256(text.encode()).hexdigest()[:12]
    world.state["networks"][network_id] |= {"name": name, "kind": "certificate", "certificate": text}
    return {"networkId": network_id, "targetResource": f"orgunits/{org_unit}", "settings": settings}


@serves("chromepolicy.customers.policies.networks.removeNetwork")
def remove_network(world: World, call: Call) -> Json:
    org_unit = _org_unit(world, call)
    _remove(world, org_unit, call.body.get("networkId", ""), "network")
    return {}


@serves("chromepolicy.customers.policies.networks.removeCertificate")
def remove_certificate(world: World, call: Call) -> Json:
    org_unit = _org_unit(world, call)
    network_id = call.body.get("networkId", "")
    users = [
        {"network": network["name"], "orgUnitId": network["org_unit"]}
        for network in world.state["networks"].values()
        if network["kind"] == "network" and _mentions(network["settings"], network_id)
    ]
    if users and network_id in world.state["networks"]:
        details = [{"@type": _REFERENCES, "certificateReferences": users}]
        message = "The certificate is used by networks and cannot be removed."
        raise Refusal(400, "failedPrecondition", message, rpc="FAILED_PRECONDITION", details=details)
    _remove(world, org_unit, network_id, "certificate")
    return {}


def _org_unit(world: World, call: Call) -> str:
    customer_of(world, call.params["customer"])
    org_unit, _ = batch.target_of({"targetResource": call.body.get("targetResource", "")})
    line_of(world, org_unit)
    return org_unit


def _define(world: World, org_unit: str, space: str, settings: list[Json], at: float) -> str:
    """Keep the network with the values of its settings, when each of them fits its schema."""
    spelling = switches(world)["spelling"]
    complaints: list[Json] = []
    for setting in settings:
        schema, value = setting.get("policySchema", ""), setting.get("value") or {}
        found: Json = {"policySchema": schema, "policyTargetKey": {"targetResource": f"orgunits/{org_unit}"}}
        if schema not in wire.shipped():
            complaints.append(found | {"errors": [f"Unknown policy schema: {schema}."]})
        elif errors := field_errors(schema, value, list(value), spelling):
            complaints.append(found | {"fieldErrors": errors})
    batch.refuse_if_any(complaints)
    network_id = "{" + world.new_id("network", 32) + "}"
    world.state["networks"][network_id] = {"org_unit": org_unit, "settings": settings, "space": space}
    books.add(book(world), org_unit, space, network_id)
    for setting in settings:
        kept = as_kept(setting["policySchema"], setting["value"], list(setting["value"]))
        keys = {"network_id": network_id}
        books.set_value(book(world), world.org_line(org_unit), setting["policySchema"], keys, kept, at)
    tell_devices(world, org_unit)
    return network_id


def _remove(world: World, org_unit: str, network_id: str, kind: str) -> None:
    network = world.state["networks"].get(network_id)
    if network is None or network["kind"] != kind or network["org_unit"] != org_unit:
        raise Refusal(404, "notFound", f"No {kind} {network_id!r} was defined here.", rpc="NOT_FOUND")
    below = lines_below(world, org_unit)
    books.remove_entity(book(world), org_unit, below, network["space"], network_id)
    del world.state["networks"][network_id]
    tell_devices(world, org_unit)


def _mentions(part: Any, network_id: str) -> bool:
    """A Details that names the certificate, such as `eap.serverCaRef`."""
    if isinstance(part, dict):
        return any(_mentions(inner, network_id) for inner in part.values())
    if isinstance(part, list):
        return any(_mentions(inner, network_id) for inner in part)
    return bool(part == network_id)
