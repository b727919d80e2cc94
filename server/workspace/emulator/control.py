"""/_emulator/…: what a person or a test does to the console, and never Google. From this machine only, with a key."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from server.workspace.emulator.answers import Answer
from server.workspace.emulator.call import CONTROLS, Json
from server.workspace.emulator.world import merged_settings

if TYPE_CHECKING:
    from server.workspace.emulator.console import Console, Request

KEY_HEADER = "x-emulator-key"


def control_answer(console: Console, request: Request, name: str, query: dict[str, str]) -> Answer:
    key = request.headers.get(KEY_HEADER) or query.pop("key", "")
    if not request.local:
        return _no(403, "control endpoints answer on this machine only")
    if not hmac.compare_digest(key.encode(), console.key.encode()):
        return _no(403, f"the control key is missing or wrong; it stands in the data folder ({KEY_HEADER})")
    try:
        body = json.loads(request.body) if request.body.strip() else {}
    except ValueError as error:
        return _no(400, f"not JSON: {error}")
    try:
        return Answer(200, _act(console, request.verb, name, query if request.verb == "GET" else body))
    except KeyError as error:
        return _no(400, f"missing: {error.args[0]}")
    except LookupError as error:
        return _no(404, str(error.args[0]))
    except (TypeError, ValueError) as error:
        return _no(400, str(error))


def change_settings(console: Console, wanted: Json) -> Json:
    """Set what is named, keep the rest. Raises ValueError."""
    with console.world.changing() as state:
        state["settings"] = merged_settings(state["settings"], wanted)
        settings: Json = dict(state["settings"])
        return settings


def _act(console: Console, verb: str, name: str, given: Json) -> Json:
    match verb, name:
        case "GET", "calls":
            return console.quota.report()
        case "DELETE", "calls":
            console.quota.reset()
            return {}
        case "GET", "faults":
            return console.faults.report()
        case "POST", "faults":
            rules = given if isinstance(given, list) else given.get("rules", [])
            console.faults.set(rules, 0 if isinstance(given, list) else int(given.get("seed", 0)))
            return console.faults.report()
        case "DELETE", "faults":
            console.faults.set([])
            return {}
        case "GET", "settings":
            return change_settings(console, {})
        case "POST", "settings":
            return change_settings(console, given)
        case "POST", "advance":
            console.world.advance(float(given["seconds"]))
            return {"now": console.world.now()}
        case "GET", "state":
            with console.world.lock:
                shown: Json = json.loads(
                    json.dumps({k: v for k, v in console.world.state.items() if k != "oauth"})
                )
            return shown
    control = CONTROLS.get((verb, name))
    if control is None:
        raise LookupError(f"{verb} /_emulator/{name}: no such control")
    with console.world.changing():
        console.tick()
        made: Json = json.loads(json.dumps(control(console.world, given)))
        return made


def _no(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"code": status, "message": message}})
