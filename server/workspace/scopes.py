"""What each call to Google needs: the least scope that carries it, the allowance it draws on, what it is about.

A scope is the school's promise of how far Bangku may go. Every call asks for the least one alone, so a token that
reads cannot write; where the school delegated only the wider scope, that one serves and is told (`wider_scopes`).
"""

from __future__ import annotations

from dataclasses import dataclass

from server.workspace.gateway import Bucket, Feature

_AUTH = "https://www.googleapis.com/auth/"
_CHROMEOS = _AUTH + "admin.directory.device.chromeos"
_ORG_UNIT = _AUTH + "admin.directory.orgunit"
_CUSTOMER = _AUTH + "admin.directory.customer"
_USER = _AUTH + "admin.directory.user"
_POLICY = _AUTH + "chrome.management.policy"

#: The least scope first, then the one that carries the feature as well.
SCOPES: dict[Feature, tuple[str, ...]] = {
    Feature.INVENTORY: (_CHROMEOS + ".readonly", _CHROMEOS),
    Feature.DEVICES: (_CHROMEOS,),
    Feature.ORG_UNITS: (_ORG_UNIT + ".readonly", _ORG_UNIT),
    Feature.ORG_UNITS_WRITE: (_ORG_UNIT,),
    Feature.CUSTOMER: (_CUSTOMER + ".readonly", _CUSTOMER),
    Feature.USERS: (_USER + ".readonly", _USER),
    Feature.USERS_WRITE: (_USER,),
    Feature.POLICY: (_POLICY + ".readonly", _POLICY),
    Feature.POLICY_WRITE: (_POLICY,),
    Feature.TELEMETRY: (_AUTH + "chrome.management.telemetry.readonly",),
    Feature.VERIFIED_ACCESS: (_AUTH + "verifiedaccess",),
}

#: Asked for only where the school turned it on; nothing else needs it.
OPTIONAL = frozenset({Feature.VERIFIED_ACCESS})
USUAL = tuple(feature for feature in Feature if feature not in OPTIONAL)


def delegation(features: tuple[Feature, ...] = USUAL) -> tuple[str, ...]:
    """The scopes to enter on the page of domain-wide delegation for these features."""
    return tuple(sorted({SCOPES[feature][0] for feature in features}))


@dataclass(frozen=True, slots=True)
class Rule:
    """`once`: a repeat may do it twice, so a call whose answer was lost is not sent again. `about`: what is missing
    when Google says that there is no such thing. `removes`: gone already is as good as removed now. `patience`: seconds
    of pauses between tries, where an answer is worth nothing later; None: as long as usual."""

    api: str
    feature: Feature
    bucket: Bucket
    about: str
    once: bool = False
    removes: bool = False
    patience: float | None = None


#: Service name and version of each API, as the discovery documents call them.
APIS: dict[str, tuple[str, str]] = {
    "directory": ("admin", "directory_v1"),
    "policy": ("chromepolicy", "v1"),
    "management": ("chromemanagement", "v1"),
    "verified": ("verifiedaccess", "v2"),
}

_READ, _WRITE = Bucket.DIRECTORY_READ, Bucket.DIRECTORY_WRITE
_POLICY_READ, _POLICY_WRITE = Bucket.POLICY_READ, Bucket.POLICY_WRITE
_CROS = "admin.customer.devices.chromeos."


def _rules(api: str, lines: dict[str, tuple[Feature, Bucket, str]]) -> dict[str, Rule]:
    return {method: Rule(api, *line) for method, line in lines.items()}


#: By method id of the discovery documents. Telemetry and Verified Access have no published allowance of their own: they draw
#: on the reads.
METHODS: dict[str, Rule] = {
    **_rules(
        "directory",
        {
            "directory.customers.get": (Feature.CUSTOMER, _READ, "customer"),
            "directory.orgunits.list": (Feature.ORG_UNITS, _READ, "org_unit"),
            "directory.orgunits.get": (Feature.ORG_UNITS, _READ, "org_unit"),
            "directory.orgunits.patch": (Feature.ORG_UNITS_WRITE, _WRITE, "org_unit"),
            "directory.users.list": (Feature.USERS, _READ, "user"),
            "directory.users.get": (Feature.USERS, _READ, "user"),
            "directory.users.patch": (Feature.USERS_WRITE, _WRITE, "user"),
            "directory.chromeosdevices.list": (Feature.INVENTORY, _READ, "org_unit"),
            "directory.chromeosdevices.get": (Feature.INVENTORY, _READ, "device"),
            "directory.chromeosdevices.patch": (Feature.DEVICES, _WRITE, "device"),
            "directory.chromeosdevices.moveDevicesToOu": (Feature.DEVICES, _WRITE, "org_unit"),
            _CROS + "countChromeOsDevices": (Feature.INVENTORY, _READ, "org_unit"),
            _CROS + "batchChangeStatus": (Feature.DEVICES, _WRITE, "device"),
            _CROS + "commands.get": (Feature.INVENTORY, _READ, "command"),
        },
    ),
    "directory.orgunits.insert": Rule("directory", Feature.ORG_UNITS_WRITE, _WRITE, "org_unit", once=True),
    "directory.orgunits.delete": Rule("directory", Feature.ORG_UNITS_WRITE, _WRITE, "org_unit", removes=True),
    _CROS + "issueCommand": Rule("directory", Feature.DEVICES, _WRITE, "device", once=True),
    **_rules(
        "policy",
        {
            "chromepolicy.customers.policySchemas.list": (Feature.POLICY, _POLICY_READ, "schema"),
            "chromepolicy.customers.policySchemas.get": (Feature.POLICY, _POLICY_READ, "schema"),
            "chromepolicy.customers.policies.resolve": (Feature.POLICY, _POLICY_READ, "org_unit"),
            "chromepolicy.customers.policies.orgunits.batchModify": (
                Feature.POLICY_WRITE,
                _POLICY_WRITE,
                "org_unit",
            ),
            "chromepolicy.customers.policies.orgunits.batchInherit": (
                Feature.POLICY_WRITE,
                _POLICY_WRITE,
                "org_unit",
            ),
        },
    ),
    **{
        f"chromepolicy.customers.policies.networks.{name}": Rule(
            "policy",
            Feature.POLICY_WRITE,
            _POLICY_WRITE,
            "network",
            once=name.startswith("define"),
            removes=name.startswith("remove"),
        )
        for name in ("defineNetwork", "removeNetwork", "defineCertificate", "removeCertificate")
    },
    **_rules(
        "management",
        {
            "chromemanagement.customers.telemetry.devices.list": (Feature.TELEMETRY, _READ, "device"),
            "chromemanagement.customers.telemetry.devices.get": (Feature.TELEMETRY, _READ, "device"),
            "chromemanagement.customers.telemetry.events.list": (Feature.TELEMETRY, _READ, "device"),
        },
    ),
    # A challenge lives for a minute, so neither call is repeated for longer than that allows.
    "verifiedaccess.challenge.generate": Rule(
        "verified", Feature.VERIFIED_ACCESS, _READ, "device", patience=10.0
    ),
    "verifiedaccess.challenge.verify": Rule(
        "verified", Feature.VERIFIED_ACCESS, _READ, "device", patience=10.0
    ),
}
