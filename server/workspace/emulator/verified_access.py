"""Verified Access v2 of the emulated console: challenges, and what is said of the answers.

*Assumed*, because no document says it: how Google refuses an answer (400, `INVALID_ARGUMENT` or `FAILED_PRECONDITION`),
that `devicePermanentId` is the Directory's `deviceId`, that a service account listed nowhere in the device's policy is
refused and one of limited access gets neither device id nor signals, and that developer mode is only refused where the
policy in force asks for verified mode; else `keyTrustLevel` tells. How an answer looks inside is ours (`machine_keys`).
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from server.workspace.emulator.call import Call, Refusal, serves
from server.workspace.emulator.device_policy import device_switches, plain_value
from server.workspace.emulator.keys import EMAIL
from server.workspace.emulator.machine_keys import Answered, read_answer
from server.workspace.emulator.world import World

Json = dict[str, Any]

CHALLENGE_SECONDS = 60.0
KIOSK_MODE = "KIOSK_MODE"
VERIFIED_MODE = "chrome.devices.DeviceVerifiedMode"


@serves("verifiedaccess.challenge.generate")
def generate(world: World, call: Call) -> Json:
    challenge = base64.b64encode(secrets.token_bytes(48)).decode()
    kept: dict[str, float] = world.state["oauth"].setdefault("challenges", {})
    for old in [c for c, at in kept.items() if call.at - at > 10 * CHALLENGE_SECONDS]:
        del kept[old]
    kept[challenge] = call.at
    world.save()
    return {"challenge": challenge}


@serves("verifiedaccess.challenge.verify")
def verify(world: World, call: Call) -> Json:
    answer = read_answer(world, call.body.get("challengeResponse", ""))
    if answer is None:
        raise _refused("The challenge response is malformed or was not signed by a known key.")
    given_at = world.state["oauth"].setdefault("challenges", {}).pop(answer.challenge, None)
    if given_at is None:
        raise _refused("The challenge is unknown or was used already.")
    if call.at - given_at > CHALLENGE_SECONDS:
        raise _refused("The challenge has expired.", "FAILED_PRECONDITION")
    expected = call.body.get("expectedIdentity")
    if expected is not None and expected != answer.identity:
        raise _refused("The identity in the response does not match the expected identity.")
    access = _access(world, answer)
    if access == "none":
        raise Refusal(403, "forbidden", "The service account has no access.", rpc="PERMISSION_DENIED")
    policy = plain_value(world, answer.device_id, VERIFIED_MODE)
    if answer.developer and policy.get("deviceVerifiedModeRequired"):
        raise _refused("The device is not in verified mode.", "FAILED_PRECONDITION")
    level = "CHROME_OS_DEVELOPER_MODE" if answer.developer else "CHROME_OS_VERIFIED_MODE"
    said: Json = {"keyTrustLevel": level, "customerId": answer.customer}
    if answer.scope == "machine" and access == "full":
        record = world.state["devices"][answer.device_id]
        said |= {
            "devicePermanentId": answer.device_id,
            "deviceSignals": {
                "serialNumber": record["serialNumber"],
                "operatingSystem": "CHROME_OS",
                "osVersion": record.get("osVersion", ""),
                "deviceEnrollmentDomain": answer.domain,
            },
        }
    return said


def _access(world: World, answer: Answered) -> str:
    """full, limited or none: where the device's policy in force lists the service account."""
    if device_switches(world)["attest"] == "always":
        return "full"
    policy = plain_value(world, answer.device_id, VERIFIED_MODE)
    if EMAIL in policy.get("servicesWithFullAccess", ()):
        return "full"
    return "limited" if EMAIL in policy.get("servicesWithLimitedAccess", ()) else "none"


def _refused(message: str, rpc: str = "INVALID_ARGUMENT") -> Refusal:
    return Refusal(400, "badRequest", message, rpc=rpc)
