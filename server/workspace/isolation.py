"""A managed-policy folder of its own for one browser.

Chromium on Linux reads its policy from one folder of the whole machine, so a locked browser would lock every
other one beside it, the proctor's among them. In a mount namespace of its own, the browser sees a private
folder in that place, and nobody else sees a change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

#: Where each build looks. Debian's and upstream's Chromium, Ubuntu's old package, Google Chrome.
POLICY_PLACES = {
    "chromium": Path("/etc/chromium/policies"),
    "chromium-browser": Path("/etc/chromium-browser/policies"),
    "google-chrome": Path("/etc/opt/chrome/policies"),
    "google-chrome-stable": Path("/etc/opt/chrome/policies"),
}

#: $0: the private folder, $1: the place, the rest: the command.
_MOUNT = 'mount --bind "$0" "$1" && shift && exec "$@"'


@dataclass(frozen=True, slots=True)
class Isolation:
    """How to start a command that sees `folder` as its policy folder; or, in words, why it cannot be done."""

    command: tuple[str, ...] = ()  # goes before the browser's own
    code: str | None = None
    reason: str | None = None

    @property
    def works(self) -> bool:
        return self.code is None


def policy_place(executable: str) -> Path:
    """The machine-wide policy folder that this browser reads."""
    return POLICY_PLACES.get(Path(executable).name, POLICY_PLACES["chromium"])


def isolate(folder: Path, place: Path) -> Isolation:
    """Find out, by doing it once, whether `folder` can stand in `place` for one process.

    `place` is made, empty, when it is not there; nothing else of the machine is changed.
    """
    if not sys.platform.startswith("linux"):
        return _refused("not_linux", "this is not Linux; a private policy needs Linux mount namespaces")
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("mount") is None:
        return _refused("no_unshare", "the commands 'unshare' and 'mount' are not there; install util-linux")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _refused(
            "policy_place",
            f"{place} is not there and cannot be made ({error.strerror}); make it once as root: mkdir -p {place}",
        )
    # Without root, a user namespace gives the right to mount, where the system allows one.
    own_user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    command = (unshare, *own_user, "--mount", "--propagation", "private", "sh", "-c", _MOUNT)
    command = (*command, str(folder.resolve()), str(place))
    try:
        probe = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _refused("namespace", f"a mount namespace cannot be made ({error})")
    if probe.returncode != 0:
        said = probe.stderr.strip().splitlines()
        return _refused(
            "namespace",
            f"a mount namespace is refused here ({said[-1] if said else f'exit code {probe.returncode}'}); "
            "run as root, or outside a container that forbids it",
        )
    return Isolation(command)


def _refused(code: str, reason: str) -> Isolation:
    return Isolation((), code, f"no private policy: {reason}")
