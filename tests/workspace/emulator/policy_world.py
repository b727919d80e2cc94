"""A small emulated school whose clock stands still until a test moves it."""

from __future__ import annotations

from server.workspace.emulator.call import CONTROLS, HANDLERS, Call
from server.workspace.emulator.console import load_handlers
from server.workspace.emulator.device_clock import catch_up
from server.workspace.emulator.policy_state import switches
from server.workspace.emulator.world import World, new_state
from tests.workspace.emulator.policy_asks import FORCE, modify

CUSTOMER = "C0school"
LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
POLICIES = "chromepolicy.customers.policies."
START = 1_790_000_000.0
load_handlers()


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
        state["licences"]["total"] = 3
        self.world = World(None, state, clock=lambda: START)
        catch_up(self.world)

    def call(self, method, body=None, mischief=None, **params):
        catch_up(self.world)
        call = Call(
            method, params, body or {}, "admin@sekolah.example", self.world.now(), mischief=mischief or {}
        )
        return HANDLERS[method](self.world, call)

    def control(self, act, device="d1", verb="POST", **given):
        catch_up(self.world)
        answer = CONTROLS[verb, f"device/{act}"](self.world, {"device": device, **given})
        catch_up(self.world)
        return answer

    def shown(self, device="d1"):
        return self.control("policy", device, verb="GET")

    def plain(self, schema, device="d1"):
        """One policy that the device has in force, by short names."""
        return next((row["plain"] for row in self.shown(device)["policies"] if row["schema"] == schema), None)

    def order(self, kind, device="d1", **more):
        body = {"commandType": kind, **more}
        method = "admin.customer.devices.chromeos.issueCommand"
        return self.call(method, body, customerId=CUSTOMER, deviceId=device)["commandId"]

    def command(self, command_id, device="d1"):
        method = "admin.customer.devices.chromeos.commands.get"
        return self.call(method, customerId=CUSTOMER, deviceId=device, commandId=command_id)

    def modify(self, *requests, mischief=None):
        body = {"requests": list(requests)}
        return self.call(f"{POLICIES}orgunits.batchModify", body, mischief, customer=f"customers/{CUSTOMER}")

    def inherit(self, *requests, mischief=None):
        body = {"requests": list(requests)}
        return self.call(f"{POLICIES}orgunits.batchInherit", body, mischief, customer=f"customers/{CUSTOMER}")

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

    def kiosk(self, app, org_unit="room", *, launch=True):
        """A kiosk app that starts by itself, in force and running on every device of the org unit."""
        self.modify(modify(FORCE, {"forceInstall": True}, org_unit, app_id=app))
        if launch:
            self.modify(modify(LAUNCH, {"appId": app}, org_unit))
        self.pass_time(60)
        for device in self.world.state["devices"]:
            self.control("reboot", device)
        self.pass_time(60)

    def pass_time(self, seconds):
        self.world.advance(seconds)
