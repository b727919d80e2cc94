"""A small emulated school whose clock stands still until a test moves it."""

from __future__ import annotations

from server.workspace.emulator import commands, policy, policy_schemas  # noqa: F401 - they register themselves
from server.workspace.emulator.call import HANDLERS, Call
from server.workspace.emulator.device_clock import catch_up
from server.workspace.emulator.policy_state import switches
from server.workspace.emulator.world import World, new_state

CUSTOMER = "C0school"
POLICIES = "chromepolicy.customers.policies."
START = 1_790_000_000.0


class School:
    """/ (root) > /Lab (lab) > /Lab/Ruang 1 (room), and /Guru (staff); two devices in the room, one in the lab."""

    def __init__(self, seed=1, **settings):
        state = new_state(seed)
        state["settings"] |= settings
        state["customer"] = {"id": CUSTOMER}
        for unit, name, parent in [
            ("root", "", None),
            ("lab", "Lab", "root"),
            ("room", "Ruang 1", "lab"),
            ("staff", "Guru", "root"),
        ]:
            state["org_units"][unit] = {"name": name, "parent": parent, "description": "", "etag": unit}
        for number, unit in enumerate(["room", "room", "lab"], start=1):
            state["devices"][f"d{number}"] = {
                "deviceId": f"d{number}",
                "serialNumber": f"5CD{number:05}",
                "orgUnitId": unit,
                "status": "ACTIVE",
                "macAddress": f"00000000000{number}",
            }
        self.world = World(None, state, clock=lambda: START)
        catch_up(self.world)

    def call(self, method, body=None, **params):
        call = Call(method, params, body or {}, "admin@sekolah.example", self.world.now())
        return HANDLERS[method](self.world, call)

    def modify(self, *requests):
        body = {"requests": list(requests)}
        return self.call(f"{POLICIES}orgunits.batchModify", body, customer=f"customers/{CUSTOMER}")

    def inherit(self, *requests):
        body = {"requests": list(requests)}
        return self.call(f"{POLICIES}orgunits.batchInherit", body, customer=f"customers/{CUSTOMER}")

    def resolve(self, fits, org_unit="room", size=None, token=None, **keys):
        target = {"targetResource": f"orgunits/{org_unit}", "additionalTargetKeys": keys}
        body = {"policySchemaFilter": fits, "policyTargetKey": target}
        body |= {"pageSize": size} if size else {}
        body |= {"pageToken": token} if token else {}
        return self.call(f"{POLICIES}resolve", body, customer="customers/my_customer")

    def values(self, fits, org_unit="room", **keys):
        rows = self.resolve(fits, org_unit, **keys).get("resolvedPolicies", [])
        return {row["value"]["policySchema"]: row["value"]["value"] for row in rows}

    def wire(self, path, short):
        return switches(self.world)["spelling"]["prefixes"][path] + short

    def side(self, device_id="d1"):
        return self.world.state["device_side"][device_id]

    def record(self, device_id="d1"):
        return self.world.state["devices"][device_id]

    def pass_time(self, seconds):
        self.world.advance(seconds)
        catch_up(self.world)
