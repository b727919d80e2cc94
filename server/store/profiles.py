"""Exam profiles from their files: all of them, or every reason why not, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.domain.errors import Invalid, NotFound
from server.domain.profile import ExamProfile
from server.domain.profile_problems import problems
from server.store import yaml_lines

SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing to correct in one file."""

    file: str
    line: int
    code: str
    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ProfileInvalid(Invalid):
    """One or more profile files were refused; `reasons` lists everything that is wrong with any of them."""

    code = "profile_invalid"

    def __init__(self, reasons: list[Reason]) -> None:
        self.reasons = reasons
        lines = "\n".join(f"  {reason}" for reason in reasons)
        super().__init__(
            f"exam profiles: {len(reasons)} thing(s) to correct\n{lines}",
            count=len(reasons),
            file=reasons[0].file,
            line=reasons[0].line,
        )


def profile_dir() -> Path:
    """The folder of profiles that came with this installation.

    A checkout has exam_profiles/ beside server/; a wheel carries a copy inside the package.
    """
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "exam_profiles"
    # Only beside a checkout's packaging files: an installed package's neighbours are other people's.
    if checkout.is_dir() and (package.parent / "setup.cfg").is_file():
        return checkout
    return package / "_bundled" / "exam_profiles"


def load_profiles(folder: Path | None = None, own: Path | None = None) -> dict[str, ExamProfile]:
    """All profiles by key: those that came with the installation, and those of the school in `own`.

    A school's profile with the same key stands in for the one that came: that is how a changed number is
    corrected without touching the installation.
    Raises: ProfileInvalid, NotFound (`profiles_missing`).
    """
    folder = folder or profile_dir()
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise NotFound(
            f"exam profiles {folder}: none there; install Bangku again or name the right folder",
            code="profiles_missing",
            folder=str(folder),
        )
    if own is not None and own.is_dir():
        files += sorted(own.glob(f"*{SUFFIX}"))
    found: dict[str, ExamProfile] = {}
    reasons: list[Reason] = []
    for file in files:
        profile, wrong = read_profile(file)
        reasons.extend(wrong)
        if profile is not None:
            found[profile.key] = profile
    if reasons:
        raise ProfileInvalid(reasons)
    return found


def read_profile(file: Path) -> tuple[ExamProfile | None, list[Reason]]:
    """One file: the profile, or None and every reason why not, in the order of the lines."""
    try:
        document = yaml_lines.read(file.read_text("utf-8-sig"))  # Notepad's mark at the start does no harm
    except UnicodeDecodeError:
        return None, [Reason(str(file), 1, "not_utf8", (), "not UTF-8 text; save it again as UTF-8")]
    reasons = [Reason(str(file), f.line, f.code, f.path, f.message) for f in document.faults]
    if not any(f.code == "yaml_syntax" for f in document.faults):
        reasons += [
            Reason(str(file), document.line(p.path), p.code, p.path, p.message)
            for p in problems(document.value)
        ]
        key = document.value.get("key") if isinstance(document.value, dict) else None
        if isinstance(key, str) and key != file.stem:
            reasons.append(
                Reason(
                    str(file),
                    document.line(("key",)),
                    "key_is_not_file_name",
                    ("key",),
                    f"key is '{key}' in a file called '{file.stem}'; make them the same",
                )
            )
    if reasons:
        return None, sorted(reasons, key=lambda reason: reason.line)
    return ExamProfile.read(document.value), []
