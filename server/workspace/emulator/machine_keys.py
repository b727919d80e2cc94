"""What an emulated Chromebook answers to a challenge, and `POST /_emulator/device/attest`, by which it is asked.

A real one signs with a key in its TPM. Here the console signs for it, with a key that only the console has: an answer
cannot be made by anything else, and it says which machine gave it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from server.workspace.emulator.call import controls
from server.workspace.emulator.device_controls import device_of
from server.workspace.emulator.device_policy import device_switches, in_force, plain_value
from server.workspace.emulator.world import World

Json = dict[str, Any]

_COMPANION = "chrome.devices.kiosk.apps.ChromeExtensionsForWebApps"
_CHALLENGE = ("chrome.devices.managedguest.apps.EnterpriseChallenge", "chrome.users.apps.EnterpriseChallenge")


@dataclass(frozen=True, slots=True)
class Answered:
    """`identity`: the enrolled domain of a machine; KIOSK_MODE or nobody of a session."""

    challenge: str
    scope: str
    device_id: str
    identity: str
    domain: str
    customer: str
    developer: bool


@controls("POST", "device/attest")
def attest(world: World, given: Json) -> Json:
    """`device` or `serial`, `challenge` (base64), `scope` machine or kiosk → `challengeResponse` (base64).

    `domain` and `customer` make it a machine of somebody else's; developer mode is `bootMode` of its record. Answers
    400 as `chrome.enterprise.platformKeys` fails: no internet, not enrolled, not allowed by policy.
    """
    device_id = device_of(world, {"device": given.get("device", given.get("serial"))})
    side, record = world.state["device_side"][device_id], world.state["devices"][device_id]
    scope = str(given["scope"])
    if scope not in ("machine", "kiosk"):
        raise ValueError(f"scope {scope!r}: machine or kiosk")
    if not side["online"]:
        raise ValueError("attestation failed: no network")
    if not side["enrolled"] or not _allowed(world, device_id):
        raise ValueError(
            "not_allowed: the device is not managed, or its policy does not let the extension challenge"
        )
    customer = world.state["customer"]
    domain = str(given.get("domain") or customer["customerDomain"])
    kiosk = "KIOSK_MODE" if side["session"] == "kiosk" else ""
    answer = Answered(
        challenge=str(given["challenge"]),
        scope=scope,
        device_id=device_id,
        identity=domain if scope == "machine" else kiosk,
        domain=domain,
        customer=str(given.get("customer") or customer["id"]),
        developer=record.get("bootMode") == "Dev",
    )
    text = json.dumps(asdict(answer), sort_keys=True).encode()
    return {"challengeResponse": base64.b64encode(_mac(world, text) + text).decode()}


def read_answer(world: World, response: str) -> Answered | None:
    """None for what no machine of this world has signed."""
    try:
        raw = base64.b64decode(response, altchars=b"-_" if "-" in response or "_" in response else None)
        if not hmac.compare_digest(raw[:32], _mac(world, raw[32:])):
            return None
        return Answered(**json.loads(raw[32:]))
    except (ValueError, TypeError):
        return None


def _allowed(world: World, device_id: str) -> bool:
    """Whether the policy in force lets an extension challenge the machine."""
    if device_switches(world)["attest"] == "always":
        return True
    for row in in_force(world, device_id):
        value = plain_value(world, device_id, row["schema"], row["keys"])
        if row["schema"] == _COMPANION:
            held = value.get("chromeExtensionsForWebApps", {})
            if any(
                one.get("allowedEnterpriseChallenge") for one in (held if isinstance(held, list) else [held])
            ):
                return True
        elif row["schema"] in _CHALLENGE and value.get("allowEnterpriseChallenge"):
            return True
    return False


def _mac(world: World, text: bytes) -> bytes:
    key: str = world.state["oauth"].setdefault("machine_key", secrets.token_hex(32))
    return hmac.new(key.encode(), text, hashlib.sha256).digest()
