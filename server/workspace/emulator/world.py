"""The emulated customer: everything its console knows, in one dictionary that is kept in a file.

The shape of `World.state` (plain JSON; ids never carry their prefixes: an org unit is `03abc…`, not `id:03abc…`):

    format        1
    run           rises at each start; with `seed` it draws what must differ from run to run
    seed          of every random choice
    counters      {kind: last number}, behind `new_id`
    offset        seconds the world's clock is ahead of the real one (`advance`)
    settings      SETTINGS below, changed by POST /_emulator/settings
    customer      Directory `Customer`, with `id` (`C0…`) and `customerDomain`
    org_units     {id: {name, parent (id, None at the root), description, etag}}; paths are computed: `org_path`
    devices       {deviceId: Directory `ChromeOsDevice` without orgUnitPath; `orgUnitId` without `id:`}
    users         {id: Directory `User`, plus `role`: the admin role's name or None; `orgUnitId` instead of the path}
    roles         {name: [privileges, PRIVILEGES below]}
    licences      {"total": n}; one is held by each device that is ACTIVE or DISABLED
    spelling      {prefixes: {schema.field: enum prefix}, repeated: [message fields that are lists]}: drawn once from
                  seed and run (policy_wire.py), then kept, as a tenant's names do not change
    policies      {org unit id: {policy key: {schema, keys, value, at}}}; policy key = `schema` or
                  `schema|name=value` with the additional target keys in order (`policy_key`). `value` as it was
                  written, with wire enum names
    policy_added  {org unit id: [[namespace, app or network id]]}: what came in there (policy_book.py)
    policy_snapshots  {name: policies}: what devices have fetched (device_policy.py)
    networks      {network id: {org_unit, space, name, kind "network"|"certificate", certificate?, settings}}
    commands      {deviceId: {command id: Directory command}}
    device_side   {deviceId: what the machine itself holds: policy it has fetched, session, files, …} (device_side.py)
    telemetry     {"devices": {deviceId: TelemetryDevice}, "events": [TelemetryEvent]}
    oauth         {"tokens": {sha256: {subject, scopes, expires_at}}} (auth.py)

A handler reads and changes `state` under `lock` (the app holds it) and need not call `save`: the app does after every
call that is not a GET. Code outside a call (`device_side`) takes the lock and calls `save` itself.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from server.domain.errors import Invalid
from server.workspace.emulator.call import TICKS

Json = dict[str, Any]

FORMAT = 1
FLUSH_SECONDS = 1.0
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"

#: What an admin role can hold; the names are ours, Google's are opaque ids per tenant.
PRIVILEGES = frozenset(
    {"devices_read", "devices_manage", "org_units_read", "org_units_write", "users_read", "users_write"}
    | {"customer_read", "customer_write", "policy_read", "policy_write", "telemetry_read"}
)

#: What a test or a person may set while it runs.
SETTINGS: Json = {
    "policy_delay": [5, 30],  # seconds until a device has fetched a changed policy: least, most
    "command_delay": [1, 3],  # seconds from one state of a command to the next
    "quota": {"scale": 1.0, "off": []},  # quota.py
    "apis_disabled": [],  # "admin", "chromepolicy", "chromemanagement", "verifiedaccess"
    "delegated_scopes": None,  # the scopes granted to the service account; None: every scope
    "token_clock": 0,  # seconds Google's clock is ahead when it looks at a token request
    "token_seconds": 3600,
    "policy": {},  # policy_state.SWITCHES
    "devices": {},  # device_policy.SWITCHES
}


def new_state(seed: int) -> Json:
    """A customer with nothing in it; `seed.fill` puts a school there."""
    return {
        "format": FORMAT,
        "run": 0,
        "seed": seed,
        "counters": {},
        "offset": 0.0,
        "settings": copy.deepcopy(SETTINGS),
        "customer": {},
        "org_units": {},
        "devices": {},
        "users": {},
        "roles": {},
        "licences": {"total": 0},
        "policies": {},
        "networks": {},
        "commands": {},
        "device_side": {},
        "telemetry": {"devices": {}, "events": []},
        "oauth": {"tokens": {}},
    }


def merged_settings(settings: Json, wanted: Mapping[str, Any]) -> Json:
    """The settings with what is wanted in them; of one that has parts, only those named. Raises ValueError."""
    merged = dict(settings)
    for name, value in wanted.items():
        if name not in SETTINGS:
            raise ValueError(f"unknown setting {name}; known: {', '.join(SETTINGS)}")
        usual = SETTINGS[name]
        kinds = (int, float) if isinstance(usual, (int, float)) else (type(usual),)
        if usual is not None and not isinstance(value, kinds):
            raise ValueError(f"setting {name}: {value!r} is no {kinds[0].__name__}")
        merged[name] = merged[name] | value if isinstance(usual, dict) else value
    return merged


def policy_key(schema: str, keys: Mapping[str, str] | None = None) -> str:
    """Where a policy stands among those of its org unit."""
    return "|".join([schema, *(f"{name}={value}" for name, value in sorted((keys or {}).items()))])


class World:
    """The state with its lock, clock and file. One per emulator; handlers get it as their first argument."""

    def __init__(self, file: Path | None, state: Json, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self.state = state
        self.lock = threading.RLock()
        self.clock = clock
        state["run"] += 1
        #: For what happens by chance. Same seed, same run, same calls: same luck.
        self.random = random.Random(f"{state['seed']}/{state['run']}")  # noqa: S311 - chance, no secret
        self._dirty = threading.Event()
        self._closed = threading.Event()
        self._writing = threading.Lock()
        self._writer: threading.Thread | None = None

    @classmethod
    def open(cls, file: Path, make: Callable[[], Json], *, clock: Callable[[], float] = time.time) -> World:
        """The world of this file, or a new one from `make()` when there is none.

        Raises: Invalid (`console_state`).
        """
        state = _read(file) if file.exists() else make()
        world = cls(file, state, clock=clock)
        world.save()
        world.flush()
        return world

    # --- time, chance, ids ---------------------------------------------------------------------------

    def now(self) -> float:
        """Epoch seconds in this world."""
        return self.clock() + float(self.state["offset"])

    def advance(self, seconds: float) -> None:
        """Let time pass here: policies arrive, commands run. Tokens and quotas stay on the real clock."""
        with self.lock:
            self.tick()  # what was done until now happened then, not later
            self.state["offset"] += seconds
            self.tick()
            self.save()

    def tick(self) -> bool:
        """Let what is due happen. Whether anything did."""
        done = [tick(self) for tick in TICKS]  # each of them, whatever the first says
        return any(done)

    def new_id(self, kind: str, length: int = 14, prefix: str = "", alphabet: str = LETTERS) -> str:
        """An id never given before; the same in every world with the same seed and history."""
        number = self.state["counters"][kind] = self.state["counters"].get(kind, 0) + 1
        luck = random.Random(f"{self.state['seed']}/{kind}/{number}")  # noqa: S311 - as above
        return prefix + "".join(luck.choice(alphabet) for _ in range(length))

    # --- org units ------------------------------------------------------------------------------------

    @property
    def root(self) -> str:
        """The id of the root org unit."""
        return next(str(i) for i, unit in self.state["org_units"].items() if unit["parent"] is None)

    def org_path(self, org_unit: str) -> str:
        """`/Exam/Ruang 1`; the root is `/`."""
        names = [self.state["org_units"][i]["name"] for i in self.org_line(org_unit)[:-1]]
        return "/" + "/".join(reversed(names))

    def org_line(self, org_unit: str) -> list[str]:
        """The org unit, its parent, …, the root: the order in which a policy is looked for."""
        line = []
        here: str | None = org_unit
        while here is not None:
            line.append(here)
            here = self.state["org_units"][here]["parent"]
        return line

    def find_org_unit(self, path_or_id: str) -> str | None:
        """The id behind `/Exam/Ruang 1`, `Exam/Ruang 1`, `id:03abc…` or `03abc…`. Paths ignore case."""
        units: dict[str, Json] = self.state["org_units"]
        if path_or_id.removeprefix("id:") in units:
            return path_or_id.removeprefix("id:")
        here = self.root
        for name in filter(None, path_or_id.split("/")):
            children = (i for i, u in units.items() if u["parent"] == here)
            found = next((i for i in children if units[i]["name"].casefold() == name.casefold()), None)
            if found is None:
                return None
            here = found
        return here

    def below(self, org_unit: str) -> set[str]:
        """The org unit and everything under it."""
        return {i for i in self.state["org_units"] if org_unit in self.org_line(i)}

    # --- the past, for stale reads -------------------------------------------------------------------

    def as_it_was(self, state: Json) -> World:
        """This world with another state: what a reader is shown who sees old data. Never saved."""
        view = copy.copy(self)
        view.state, view.file = state, None
        return view

    # --- the file -------------------------------------------------------------------------------------

    def save(self) -> None:
        """Have the state written within a second. Changes in between go out together."""
        self._dirty.set()

    def start(self) -> None:
        """Begin to write in the background; `close` ends it."""
        self._writer = threading.Thread(target=self._keep_writing, name="console-state", daemon=True)
        self._writer.start()

    def flush(self) -> None:
        """Write now what has changed."""
        if self.file is None or not self._dirty.is_set():
            return
        with self._writing:
            with self.lock:
                self._dirty.clear()
                text = json.dumps(self.state, ensure_ascii=False, separators=(",", ":"))
            part = self.file.with_suffix(".part")
            part.write_text(text, "utf-8")
            os.replace(part, self.file)

    def close(self) -> None:
        self._closed.set()
        self._dirty.set()  # wakes the writer
        if self._writer is not None:
            self._writer.join()
        self.flush()

    def _keep_writing(self) -> None:
        pause = FLUSH_SECONDS / 2
        while not self._closed.is_set():
            self._dirty.wait()
            if not self._closed.wait(pause):
                began = time.monotonic()
                self.flush()
                # Ten thousand devices take a third of a second to write: most of the time belongs to the calls.
                pause = max(FLUSH_SECONDS / 2, 2 * (time.monotonic() - began))

    @contextlib.contextmanager
    def changing(self) -> Iterator[Json]:
        """The state, locked, and saved afterwards: for what happens outside a call."""
        with self.lock:
            yield self.state
            self.save()


def _read(file: Path) -> Json:
    try:
        state = json.loads(file.read_text("utf-8"))
        if not isinstance(state, dict) or state.get("format") != FORMAT:
            raise ValueError(f"it is not of format {FORMAT}, which this emulator writes")
    except (OSError, ValueError) as error:
        raise Invalid(
            f"State of the emulated console {file}: {error}; start with --fresh to forget it",
            code="console_state",
            file=str(file),
        ) from error
    return state
