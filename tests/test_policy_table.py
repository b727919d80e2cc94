"""docs/policy.md has one row for each line of a plan, and what it says is so."""

from __future__ import annotations

import re
from pathlib import Path

from server.domain.policy_lines import LINES
from server.workspace.linux_policy import linux_lock, render
from tests.domain.tenant import shipped, wanted

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "policy.md").read_text("utf-8")


def rows() -> dict[str, list[str]]:
    found = {}
    for text in re.findall(r"^\| `\w+` \|.*$", TEXT, re.MULTILINE):
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        assert len(cells) == 4, text
        found[cells[0].strip("`")] = cells[1:]
    return found


def test_every_line_of_a_plan_has_its_row() -> None:
    assert list(rows()) == sorted(rows(), key=list(rows()).index)
    assert set(rows()) == set(LINES)


def test_each_row_names_the_schemas_that_the_code_sets() -> None:
    for name, (schemas, _, _) in rows().items():
        assert re.findall(r"`([^`]+)`", schemas) == list(LINES[name].schemas), name
    assert {schema for line in LINES.values() for schema in line.schemas} <= set(shipped())


def test_each_linux_policy_named_is_one_that_is_rendered() -> None:
    policy = render(linux_lock(wanted(), "PC-01"))
    for name, (_, linux, _) in rows().items():
        for word in re.findall(r"`([^`]+)`", linux):
            assert word.startswith("--") or word in policy, f"{name}: {word}"


def test_each_test_named_is_there() -> None:
    for name, (_, linux, tested) in rows().items():
        if tested == "no":
            continue
        path, _, function = tested.strip("`").partition("::")
        assert f"def {function}(" in (ROOT / path).read_text("utf-8"), name
        assert linux != "none", name


def test_a_line_for_browser_sessions_has_its_twin_on_linux() -> None:
    """What a managed guest session forbids, a Linux machine forbids too, or the table says why it cannot."""
    only_chromeos = {"guest_session", "quick_answers", "attestation"}
    for name, line in LINES.items():
        if any(schema.startswith("chrome.devices.managedguest.") for schema in line.schemas):
            assert (rows()[name][1] == "none") == (name in only_chromeos), name
