"""`bangku check`: each thing a school needs to start, in words, with what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server import config
from server.domain.errors import BangkuError

if TYPE_CHECKING:
    from server.store.database import Database


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report."""

    what: str
    ok: bool
    text: str
    hint: str = ""
    code: str = ""


def run_checks(data_dir: Path) -> Iterator[Result]:
    """All checks, in the order a person would mend them. None of them changes the database."""
    try:
        settings = config.load(data_dir)
    except BangkuError as error:
        yield Result("settings", False, str(error), "correct the file, then run this again", error.code)
        return
    yield Result("settings", True, f"{data_dir}, address {settings.public_url}")
    yield from (_guarded(what, hint, check, settings) for what, hint, check in _CHECKS)


def _guarded(
    what: str, hint: str, check: Callable[[config.Settings], str], settings: config.Settings
) -> Result:
    try:
        return Result(what, True, check(settings))
    except BangkuError as error:
        return Result(what, False, str(error), hint, error.code)


def _address(settings: config.Settings) -> str:
    local = settings.own_host.split(":")[0] in {"127.0.0.1", "localhost"}
    if settings.public_url.startswith("http://") and not local:
        raise BangkuError(
            f"{settings.public_url} is plain http on a network address: pages there get no battery, storage or "
            "camera, and anyone on the Wi-Fi can listen",
            code="address_plain_http",
        )
    return "loopback: for a demo only" if local else "https"


@contextmanager
def _existing(settings: config.Settings) -> Iterator[Database | None]:
    """The database as it is; None where no start has made one yet."""
    from server.store.database import Database

    if settings.database_url.startswith("sqlite") and not (settings.data_dir / "bangku.db").exists():
        yield None
        return
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


def _database(settings: config.Settings) -> str:
    from server.store.migrate import pending

    with _existing(settings) as db:
        if db is None:
            return "none yet: the first start makes it"
        return "will be brought up to date by the next start" if pending(db) else "up to date"


def _school(settings: config.Settings) -> str:
    from server.services.school import school_npsn
    from server.store.migrate import pending

    npsn = None
    with _existing(settings) as db:
        if db is not None:
            if pending(db):
                return "known after the next start"
            with db.read() as c:
                npsn = school_npsn(c)
    return f"NPSN {npsn}" if npsn else f"none yet: sign in as admin and open {settings.public_url}/setup"


def _disk(settings: config.Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free // 2**20
    if free < 500:
        raise BangkuError(f"{free} MB free where the data folder is", code="disk_full")
    return f"{free} MB free"


def _profiles(settings: config.Settings) -> str:
    from server.services.exam_list import OWN_PROFILES, profiles
    from server.store.profiles import SUFFIX

    own = settings.data_dir / OWN_PROFILES
    if strays := sorted(own.glob("*.yml")):
        said = "\n  ".join(f"{stray}: not read; name it {stray.stem}{SUFFIX}" for stray in strays)
        raise BangkuError(said, code="profile_ending")
    found = profiles(settings.data_dir)
    lines = [f"{len(found)} valid"]
    if theirs := sorted(file.stem for file in own.glob(f"*{SUFFIX}")):
        lines.append(f"the school's own: {', '.join(theirs)}")
    if asking := sorted(key for key, profile in found.items() if profile.asks_minutes):
        ask = "profile asks" if len(asking) == 1 else "profiles ask"
        lines.append(f"{len(asking)} {ask} for minutes when an exam is made: {', '.join(asking)}")
    return "\n          ".join(lines)


def _extension(_settings: config.Settings) -> str:
    from server.services.extension import source_dir

    return f"ready to pack from {source_dir()}"


def _key(settings: config.Settings) -> str:
    from server.workspace.school_key import key_path, load_key

    if not key_path(settings.data_dir).exists():
        return "none yet: the first start makes it"
    load_key(settings.data_dir)
    return "readable; keep its backup apart (bangku pack-ext --backup)"


def _console(settings: config.Settings) -> str:
    """Whether a key is there and readable; whether Google takes it, 'bangku google status' asks."""
    from server.workspace.google_key import read_key

    if not settings.managed:
        return "not connected: everything works, and pages say what they do not know (bangku google connect)"
    emulated = settings.google_api_root is not None
    key = read_key(settings.google_credentials, emulated=emulated)
    where = f", emulated at {settings.google_api_root}" if emulated else ""
    return f"{key.account} acts for {settings.google_subject}{where}"


def _descriptors(_settings: config.Settings) -> str:
    if os.name != "posix":
        return "not limited by this system"
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        raise BangkuError(
            f"at most {hard} open files: enough for about {hard // 2} devices", code="files_limited"
        )
    return f"{soft} of {hard} open files"


_CHECKS: tuple[tuple[str, str, Callable[[config.Settings], str]], ...] = (
    ("address", "give the server a DNS name with a certificate and set public_url to it", _address),
    ("database", "see docs/architecture.md, Store", _database),
    ("school", "see docs/architecture.md, Store", _school),
    ("disk", "free some space, or move the data folder", _disk),
    ("school key", "restore it from its backup (bangku restore-key)", _key),
    (
        "exam profiles",
        "correct each line named; docs/exam-profiles.md tells what a profile may hold",
        _profiles,
    ),
    ("extension", "run scripts/build_ext, or install the release wheel", _extension),
    (
        "Google console",
        "connect it again with the key file of the service account (bangku google connect)",
        _console,
    ),
    ("open files", "raise the limit for this account (ulimit -n)", _descriptors),
)
