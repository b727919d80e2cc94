"""Why a profile is refused: every reason at once, so that a person corrects the file in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from server.domain.exam import Client
from server.domain.hosts import covers, host_of
from server.domain.paths import PRACTICE
from server.domain.profile import (
    Bandwidth,
    ChromeOs,
    ExamProfile,
    LockRules,
    ProfileBlock,
    Sessions,
    Source,
    TokenRule,
)

Path = tuple[str | int, ...]

SHAPES: dict[str, type[BaseModel]] = {
    "blocks": ProfileBlock,
    "lock": LockRules,
    "sessions": Sessions,
    "bandwidth": Bandwidth,
    "chromeos": ChromeOs,
    "token": TokenRule,
    "sources": Source,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a profile is refused. `path` leads to the place, as in ('blocks', 0, 'minutes')."""

    code: str
    path: Path
    message: str


def problems(raw: object) -> list[Problem]:
    """Every reason why `raw` is not a profile, all at once, in the order of the fields. Empty: it is one."""
    found: list[Problem] = []
    try:
        ExamProfile.model_validate(raw)
    except ValidationError as error:
        found.extend(_problem(detail) for detail in error.errors())
    if isinstance(raw, dict):
        # On the raw values, so that these are told together with errors of shape elsewhere in the file.
        found.extend(_across_fields(raw, {p.path for p in found}))
    return found


def _across_fields(raw: dict[Any, Any], bad: set[Path]) -> Iterable[Problem]:
    blocks = raw.get("blocks")
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        if not isinstance(block, dict) or block.get("minutes") is None:
            continue
        for need in ("source", "date"):
            if block.get(need) is None and ("blocks", number, need) not in bad:
                yield Problem(
                    "number_without_source",
                    ("blocks", number, need),
                    f"the part has minutes but no {need}; write where and when the number was read, "
                    "or minutes: null",
                )
    if raw.get("client") == Client.EXAM_BROWSER:
        yield from _not_ours(raw)
    elif raw.get("client") == Client.WEB:
        yield from _ours(raw, bad)


def _not_ours(raw: dict[Any, Any]) -> Iterable[Problem]:
    """In the ministry's Exam Browser, pages and tokens belong to the centre."""
    for field, empty in (("start_url", None), ("allowed_hosts", []), ("token", None)):
        if field in raw and raw[field] is not None and raw[field] != empty:
            yield Problem(
                "not_for_exam_browser",
                (field,),
                f"{field} belongs to the centre when the client is exam_browser; write "
                f"{'[]' if empty == [] else 'null'}",
            )


def _ours(raw: dict[Any, Any], bad: set[Path]) -> Iterable[Problem]:
    if raw.get("token") is None:
        yield Problem(
            "token_missing",
            ("token",),
            "an exam of our own needs a token rule; write token: {interval_minutes: 15}",
        )
    url, hosts = raw.get("start_url"), raw.get("allowed_hosts")
    if isinstance(url, str) and url != PRACTICE and ("start_url",) not in bad and isinstance(hosts, list):
        names = [host for host in hosts if isinstance(host, str)]
        if not covers(names, url):
            yield Problem(
                "start_host_not_allowed",
                ("allowed_hosts",),
                f"the exam starts on {host_of(url)}, which is not among the allowed hosts; add it",
            )


_WRONG_TYPE = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text (put it in quotes)",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a group of fields",
    "model_attributes_type": "a group of fields",
    "dict_type": "a group of fields",
}


def _problem(detail: ErrorDetails) -> Problem:
    kind, path = detail["type"], tuple(detail["loc"])
    field = _place(path)
    given = detail["input"]
    limits: dict[str, Any] = detail.get("ctx") or {}
    if kind == "missing":
        return Problem("missing", path, f"{field} is missing; add it")
    if kind == "extra_forbidden":
        known = sorted(_fields_at(path[:-1]))
        near = get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here are {', '.join(known)}"
        return Problem("unknown_key", path, f"{field} is not known; {hint}")
    if kind in _WRONG_TYPE:
        return Problem("wrong_type", path, f"{field} is {given!r}; write {_WRONG_TYPE[kind]}")
    if kind == "enum":
        return Problem("not_one_of", path, f"{field} is {given!r}; write one of {limits['expected']}")
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {limits['ge']}" if "ge" in limits else f"at most {limits['le']}"
        return Problem("out_of_range", path, f"{field} is {given}; it must be {bound}")
    if kind in {"too_short", "too_long", "string_too_long"}:
        bound = (
            f"at least {limits['min_length']}"
            if "min_length" in limits
            else f"at most {limits['max_length']}"
        )
        return Problem("wrong_length", path, f"{field} has a wrong length; {bound}")
    if kind == "string_pattern_mismatch":
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        return Problem("wrong_form", path, f"{field} is '{given}'; {_FORMS[name]}")
    return Problem(kind, path, f"{field}: {detail['msg']}")


_FORMS = {
    "key": "small letters and digits with single dashes between",
    "date": "write 2026, 2026-04 or 2026-04-20",
    "grade": "write A, B, C or I",
    "times": 'write "07:30-09:30", in quotes',
}


def _place(path: Path) -> str:
    """A path as people count: ('blocks', 0, 'minutes') is 'blocks item 1 minutes'."""
    return " ".join(step if isinstance(step, str) else f"item {step + 1}" for step in path) or "profile"


def _fields_at(path: Path) -> Iterable[str]:
    """Names of the fields of the shape that `path` leads to."""
    return SHAPES.get(str(path[0]), ExamProfile).model_fields if path else ExamProfile.model_fields
