"""Short ways to write policy requests, and values that fit a schema as this world spells it."""

from __future__ import annotations

from hypothesis import strategies as st

from server.workspace.emulator import policy_wire as wire

KIOSK_APP = "web:https://ujian.sekolah.example/masuk"
FORCE = "chrome.devices.kiosk.apps.ForceInstall"


def key(org_unit="ou", **keys):
    return {"targetResource": f"orgunits/{org_unit}", **({"additionalTargetKeys": keys} if keys else {})}


def modify(schema, value, org_unit="ou", mask=None, **keys):
    return {
        "policyTargetKey": key(org_unit, **keys),
        "policyValue": {"policySchema": schema, "value": value},
        "updateMask": ",".join(value) if mask is None else mask,
    }


def inherit(schema, org_unit="ou", **keys):
    return {"policyTargetKey": key(org_unit, **keys), "policySchema": schema}


def values(schema, spelling):
    """Whole values of a schema, acknowledged where that may be asked."""
    fields = wire.shipped()[schema]
    acks = wire.ack_fields(schema)
    drawn = {n: _one(f"{schema}.{n}", shape, spelling) for n, shape in fields.items() if n not in acks}
    return st.fixed_dictionaries(drawn | {name: st.just(True) for name in acks})


def _one(path, shape, spelling):
    single = _single(path, shape, spelling)
    return st.lists(single, max_size=3) if wire.is_repeated(path, shape, spelling) else single


def _single(path, shape, spelling):
    what = wire.kind(shape)
    if what == "bool":
        return st.booleans()
    if what == "int32":
        return st.integers(-(2**31), 2**31 - 1)
    if what == "int64":
        return st.integers(-(2**63), 2**63 - 1).map(str)
    if what == "enum":
        names = wire.enum_names(path, shape, spelling)
        return st.sampled_from(names[1:] if spelling["prefixes"][path] else names)
    if what == "message":
        inner = {n: _one(f"{path}.{n}", s, spelling) for n, s in shape["message"].items()}
        return st.fixed_dictionaries({}, optional=inner)
    known = wire.known_values(shape)
    return st.sampled_from(known) if known else st.text(max_size=8)
