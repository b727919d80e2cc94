"""`bangku doctor` speaks of every open line of docs/field-proof.md, and of no other document."""

from __future__ import annotations

from pathlib import Path

from server.domain.field_claims import CLAIMS
from server.services.doctor import LOOKS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "field-proof.md"


def _rows() -> list[tuple[str, str]]:
    found = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in {"Claim", "---"}:
            found.append((cells[0], cells[1]))
    return found


def test_every_unproven_line_of_the_document_has_a_claim():
    rows = _rows()
    assert len(rows) > 25
    forgotten = [
        text
        for text, state in rows
        if "unproven" in state and not any(text.startswith(claim.starts) for claim in CLAIMS)
    ]
    assert not forgotten


def test_every_claim_stands_in_the_document_once():
    texts = [text for text, _ in _rows()]
    for claim in CLAIMS:
        assert sum(text.startswith(claim.starts) for text in texts) == 1, claim.starts


def test_exactly_the_claims_that_a_machine_can_look_at_have_a_look():
    assert {claim.key for claim in CLAIMS if claim.gathered} == set(LOOKS)
