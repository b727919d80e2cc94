"""The chip of an emulated Chromebook, for a simulated device: what it answers to a challenge comes from the console."""

from __future__ import annotations

from server.domain.attestation import from_wire, to_wire
from server.workspace.emulator.app import Emulator
from server.workspace.emulator.machine_keys import attest


def answer(console: Emulator, serial: str, scope: str, challenge: str, **given: str) -> str:
    """The machine's answer as the protocol writes it. Raises: ValueError where a real one would fail."""
    asked = {"serial": serial, "scope": scope, "challenge": from_wire(challenge), **given}
    with console.world.changing():
        return to_wire(attest(console.world, asked)["challengeResponse"])


class Chip:
    """To be given to a SimulatedDevice as `attest`. `serial`: whose chip it is; a relayed one may be another's."""

    def __init__(self, console: Emulator, serial: str, **given: str) -> None:
        self.console, self.serial, self.given = console, serial, given
        self.asked: list[str] = []

    async def __call__(self, scope: str, challenge: str) -> tuple[str | None, str | None]:
        self.asked.append(scope)
        try:
            return answer(self.console, self.serial, scope, challenge, **self.given), None
        except ValueError as error:
            return None, "not_allowed" if "not_allowed" in str(error) else "failed"
