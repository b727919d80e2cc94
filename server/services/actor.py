"""Who acts: a person, a device, or the server itself."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is a username, "device C07", "system" or "nobody"; it is what the audit trail shows."""

    name: str
    role: Role | None = None
    address: str | None = None
    staff_id: int | None = None

    @classmethod
    def device(cls, label: str | None, address: str | None = None) -> Actor:
        return cls(name=f"device {label or '?'}", address=address)


SYSTEM = Actor("system")
NOBODY = Actor("nobody")
