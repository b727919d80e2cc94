"""The extension as this school ships it: packed with the school's key, and the policy that forces it in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server.domain.errors import BangkuError, NotFound
from server.domain.exam import Client, ExamState
from server.domain.exam_policy import Wanted
from server.domain.hosts import host_of
from server.domain.paths import PUPIL_PATH
from server.services import audit, incidents, policy_settings, secrets
from server.services.actor import Actor
from server.services.context import Context
from server.services.meta import get_meta
from server.store.tables import device_serials, devices, exams
from server.workspace.browser_keeper import BrowserKeeper, Exit
from server.workspace.crx import CRX_TYPE, UPDATE_TYPE, PackedExtension, pack_extension
from server.workspace.linux_policy import DEVTOOLS_OFF, linux_lock, render, union_of_hosts
from server.workspace.locked_browser import BrowserSetup, LockedBrowser
from server.workspace.school_key import ensure_key

__all__ = [
    "CRX_PATH",
    "CRX_TYPE",
    "UPDATE_PATH",
    "UPDATE_TYPE",
    "linux_policy",
    "packed",
    "source_dir",
    "start_locked_browser",
    "write_crx",
]

CRX_PATH = "/ext/bangku.crx"
UPDATE_PATH = "/ext/update.xml"
_packed: dict[tuple[Path, float], PackedExtension] = {}


def source_dir() -> Path:
    """The unpacked extension of this installation: a checkout's kiosk_ext, or the wheel's copy.

    Raises: NotFound (`extension_missing`).
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package.parent / "kiosk_ext", package / "_bundled" / "kiosk_ext"):
        if (place / "manifest.json").is_file():
            return place
    raise NotFound("extension: its files are not there; install Bangku again", code="extension_missing")


def packed(data_dir: Path) -> PackedExtension:
    """The CRX3 of the present files and key; packed once per change of the files.

    Raises: NotFound (`extension_missing`), Invalid (`extension_not_built`, `extension_manifest`).
    """
    source = source_dir()
    newest = max(p.stat().st_mtime for p in source.rglob("*") if p.is_file())
    found = _packed.get((data_dir, newest))
    if found is None:
        found = pack_extension(source, ensure_key(data_dir))
        _packed.clear()
        _packed[(data_dir, newest)] = found
    return found


def write_crx(data_dir: Path) -> tuple[Path, PackedExtension]:
    """Write the CRX beside the database, whole or not at all."""
    made = packed(data_dir)
    path = data_dir / "bangku.crx"
    part = path.with_suffix(".part")
    part.write_bytes(made.crx)
    os.replace(part, path)
    return path, made


def linux_policy(context: Context, serial: str, *, developer_tools: int = DEVTOOLS_OFF) -> dict[str, object]:
    """The lock policy of one Linux machine, managed configuration included. It holds the enrolment secret.

    The hosts of every exam that is not over are allowed, so that a lab PC's policy stands for the day; pages may
    use the clipboard only when each of those exams allows it.
    `serial` must be in the inventory. Raises: NotFound (`serial_unknown`), Invalid (`policy_server`, `policy_host`).
    """
    settings = context.settings
    with context.db.read() as c:
        known = c.execute(
            device_serials.select().where(device_serials.c.serial == serial, device_serials.c.to_at.is_(None))
        ).first()
        secret = secrets.current(c, context.now())
        school = get_meta(c, "school_npsn") or ""
        chosen = policy_settings.get(c)
        over = [str(ExamState.ENDED), str(ExamState.ARCHIVED)]
        coming = c.execute(
            select(exams.c.allowed_hosts, exams.c.start_url, exams.c.profile).where(
                exams.c.state.not_in(over), exams.c.client == str(Client.WEB)
            )
        ).all()
    if known is None:
        raise NotFound(
            f"serial number {serial}: not in the inventory; add the device first",
            code="serial_unknown",
            serial=serial,
        )
    own = [[host] if (host := host_of(row.start_url or "")) else [] for row in coming]
    wanted = Wanted(
        client=Client.WEB,
        servers=chosen.addresses or settings.addresses,
        extension_id=packed(settings.data_dir).id,
        update_url=settings.public_url + UPDATE_PATH,
        school=school,
        enrolment_secret=secret,
        settings=chosen,
        allowed_hosts=union_of_hosts([*own, *(row.allowed_hosts for row in coming)]),
        allow_clipboard=bool(coming) and all(_allows_clipboard(row.profile) for row in coming),
    )
    return render(linux_lock(wanted, serial, developer_tools=developer_tools))


def _allows_clipboard(profile: dict[str, Any]) -> bool:
    return (profile.get("lock") or {}).get("allow_clipboard") is True


def start_locked_browser(context: Context, serial: str, folder: Path) -> tuple[BrowserKeeper | None, str]:
    """One real Chromium locked by managed policy and kept open, or None and why not, in words.

    It uses the screen where there is one, else a display of its own. Each ending is recorded and shown on the board.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        browser = LockedBrowser(
            BrowserSetup(
                url=context.settings.public_url + PUPIL_PATH,
                policy_dir=folder / "policy",
                user_data_dir=folder / "profile",
                own_display=not os.environ.get("DISPLAY"),
                log_file=folder / "chromium.log",
            )
        )
        if not browser.isolation.works:
            return None, str(browser.isolation.reason)
        browser.write_policy(linux_policy(context, serial))
        keeper = BrowserKeeper(browser, context.now, lambda ended: _note_exit(context, serial, ended))
        keeper.start()
    except BangkuError as error:
        return None, str(error)
    return keeper, ""


def _note_exit(context: Context, serial: str, ended: Exit) -> None:
    """A locked browser ended and is being started again: a line on record and something to look at."""
    with context.db.write() as tx:
        device = tx.c.execute(
            select(devices.c.id, devices.c.label)
            .join(device_serials, device_serials.c.device_id == devices.c.id)
            .where(device_serials.c.serial == serial, device_serials.c.to_at.is_(None))
        ).one()
        audit.record(
            tx,
            Actor.device(device.label),
            "browser.exit",
            f"device {device.label}",
            ended.at,
            exit_code=ended.code,
        )
        incidents.open_once(tx, ended.at, "browser_restarted", device_id=device.id, times=ended.number)
