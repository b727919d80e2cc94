"""Org units prepared for exams: one for each room and each client of its exams. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from server.domain.errors import Invalid
from server.domain.exam import Client

NAME_MAX = 80
CLIENTS = tuple(str(client) for client in Client)


@dataclass(frozen=True, slots=True)
class Wanted:
    room_id: int
    client: str
    name: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    """`there`: an org unit of this path is known, and would be used as it is."""

    room_id: int
    client: str
    name: str
    path: str
    there: bool


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """`parents`: org units above that would be made first."""

    parent_path: str
    parents: tuple[str, ...]
    lines: tuple[UnitLine, ...]

    @property
    def new(self) -> int:
        return len(self.parents) + sum(1 for line in self.lines if not line.there)

    @property
    def digest(self) -> str:
        shape = [
            self.parents,
            sorted([line.room_id, line.client, line.path, line.there] for line in self.lines),
        ]
        return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()[:16]


def plan(wanted: Sequence[Wanted], parent: str, known: Collection[str]) -> UnitPlan:
    """What would be made below `parent`, given the paths that are there (compared without upper and lower case).

    Raises: Invalid (`unit_name`, `unit_parent`, `unit_twice`, `unit_client`).
    """
    folded = {path.casefold() for path in known} | {"/"}
    parent = read_parent(parent)
    lines: list[UnitLine] = []
    used: set[str] = set()
    for want in wanted:
        if want.client not in CLIENTS:
            raise Invalid(f"client '{want.client}': not known", code="unit_client", client=want.client)
        name = read_name(want.name)
        path = f"{parent.rstrip('/')}/{name}"
        if path.casefold() in used:
            raise Invalid(
                f"org unit '{name}': named twice; each room and client has its own",
                code="unit_twice",
                name=name,
            )
        used.add(path.casefold())
        lines.append(UnitLine(want.room_id, want.client, name, path, path.casefold() in folded))
    return UnitPlan(parent, tuple(p for p in above(parent) if p.casefold() not in folded), tuple(lines))


def read_name(text: str) -> str:
    """Raises: Invalid (`unit_name`)."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_MAX or "/" in name:
        raise Invalid(
            f"org unit '{name}': 1 to {NAME_MAX} characters without '/'; choose another name",
            code="unit_name",
            most=NAME_MAX,
            field="name",
        )
    return name


def read_parent(text: str) -> str:
    """`/Ujian/2026` or `/`. Raises: Invalid (`unit_parent`)."""
    parts = [part for part in text.strip().split("/") if part.strip()]
    if not text.strip().startswith("/") or any(len(part) > NAME_MAX for part in parts):
        raise Invalid(
            f"parent '{text}': write the path of an org unit, such as /Ujian",
            code="unit_parent",
            field="parent",
        )
    return "/" + "/".join(" ".join(part.split()) for part in parts)


def above(path: str) -> list[str]:
    """A path and those above it below the root, the highest first."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def split(path: str) -> tuple[str, str]:
    """(parent path, name)"""
    parent, _, name = path.rpartition("/")
    return parent or "/", name
