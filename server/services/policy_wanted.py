"""What an exam wants of an org unit, gathered from its profile, the school's settings and this server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from server.domain.errors import NotFound
from server.domain.exam import Client, ExamState
from server.domain.exam_policy import Wanted
from server.domain.hosts import host_of
from server.domain.profile import ExamProfile
from server.services import attestation, exam_list, google_probe, policy_settings, secrets
from server.services.context import Context
from server.services.extension import UPDATE_PATH, packed
from server.services.school import host, school_npsn
from server.store.tables import exams
from server.workspace.linux_policy import union_of_hosts

OVER = (str(ExamState.ENDED), str(ExamState.ARCHIVED))


def wanted(context: Context, profile_key: str) -> Wanted:
    """For one exam profile, with the hosts of every exam of that kind that is not over.

    Raises: NotFound (`profile_unknown`), Invalid (`policy_setting`).
    """
    settings = context.settings
    profile = _profile(context, profile_key)
    with context.db.read() as c:
        chosen = policy_settings.get(c)
        return Wanted(
            client=profile.client,
            servers=chosen.addresses or settings.addresses,
            extension_id=packed(settings.data_dir).id,
            update_url=settings.public_url + UPDATE_PATH,
            school=school_npsn(c) or settings.school_npsn,
            enrolment_secret=secrets.current(c, context.now()),
            settings=chosen,
            allowed_hosts=union_of_hosts(
                [_hosts(profile.start_url, profile.allowed_hosts), *_coming(c, profile)]
            ),
            level=host(c).level,
            allow_clipboard=profile.lock.allow_clipboard,
            profile_key=profile_key,
            attested_by=google_probe.account(settings) if attestation.is_on(c) else "",
        )


def _profile(context: Context, key: str) -> ExamProfile:
    found = exam_list.profiles(context.settings.data_dir).get(key)
    if found is None:
        raise NotFound(
            f"exam profile '{key}': not known; see 'bangku check'", code="profile_unknown", key=key
        )
    return found


def _coming(c: Connection, profile: ExamProfile) -> list[list[str]]:
    """An org unit stands for the day: what any exam in the same client still needs is open."""
    if profile.client is not Client.WEB:
        return []
    rows = c.execute(
        select(exams.c.start_url, exams.c.allowed_hosts).where(
            exams.c.state.not_in(OVER), exams.c.client == str(Client.WEB)
        )
    )
    return [_hosts(row.start_url, row.allowed_hosts) for row in rows]


def _hosts(start_url: str | None, allowed: Any) -> list[str]:
    own = host_of(start_url or "")
    return [*([own] if own else []), *allowed]
