"""Where devices are, asked of Google in as few calls as possible: whole org units, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from server.domain.device_move import Seen, list_is_cheaper
from server.services.device_move_rows import MoveItem
from server.services.google_work import Work
from server.store.tables import console_devices
from server.workspace.gateway import GoogleError, Json, Page
from server.workspace.paging import every

ONE = "deviceId,orgUnitId,orgUnitPath,status"
#: The org unit is not there under this path: its devices are asked for one by one.
PATH_WRONG = frozenset({"google_invalid", "google_not_found"})


def look(
    work: Work,
    items: Sequence[MoveItem],
    where: Callable[[MoveItem], tuple[str, str]],
    *,
    ask_missing: bool,
    step: str,
) -> dict[str, Seen | None]:
    """Console id → where it is; None: Google does not know it. `where`: the org unit a device is expected in.

    `ask_missing`: ask by itself for each device that its org unit's list does not hold. Without, such a device is
    left out of the answer.
    """
    by_unit: dict[tuple[str, str], list[MoveItem]] = {}
    for item in items:
        by_unit.setdefault(where(item), []).append(item)
    found: dict[str, Seen | None] = {}
    for (unit_id, path), some in by_unit.items():
        wanted = {item.console_id for item in some}
        if list_is_cheaper(len(some), _known_in(work, unit_id, len(some))):
            try:
                listed = _listed(work, path, step)
            except GoogleError as error:
                if error.code not in PATH_WRONG:
                    raise
                listed = {}
            found |= {key: seen for key, seen in listed.items() if key in wanted}
            missing = [item for item in some if item.console_id not in found] if ask_missing else []
        else:
            missing = some
        for item in missing:
            work.step(step)
            found[item.console_id] = one(work, item.console_id)
    return found


def one(work: Work, console_id: str) -> Seen | None:
    try:
        return read(work.gateway.get_device(console_id, fields=ONE))
    except GoogleError as error:
        if error.code != "google_not_found":
            raise
        return None


def read(record: Json) -> Seen:
    return Seen(bare(record.get("orgUnitId")), str(record.get("status", "")))


def bare(unit_id: object) -> str:
    """An org unit's id as we keep it: Directory writes `id:` before it."""
    return str(unit_id or "").removeprefix("id:")


def _listed(work: Work, path: str, step: str) -> dict[str, Seen | None]:
    def page(token: str | None) -> Page:
        work.step(step)
        return work.gateway.list_devices(org_unit_path=path, fields=ONE, page_token=token)

    return {str(record["deviceId"]): read(record) for record in every(page)}


def _known_in(work: Work, unit_id: str, least: int) -> int:
    with work.context.db.read() as c:
        count = c.execute(
            select(func.count()).where(
                console_devices.c.org_unit_id == unit_id, console_devices.c.gone_at.is_(None)
            )
        ).scalar_one()
    return max(int(count), least)
