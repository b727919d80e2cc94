"""Secrets of a plan: kept as marks, sent as what they are."""

from __future__ import annotations

from server.domain.policy_plan import Change, Op
from server.services.policy_masks import MARK, mask, unmasked

KEY = "the server's own"
ACK = "ackNoticeForUploadSetToTrue"


def change(**desired: object) -> Change:
    return Change(
        Op.UPDATE, "chrome.x.Y", None, "companion", "signin", None, desired, tuple(desired), secret=True
    )


def test_an_acknowledgement_stands_in_no_snapshot_and_is_sent_all_the_same() -> None:
    kept = mask(change(token="s3cret", **{ACK: True}), KEY)
    assert kept.desired and all(str(value).startswith(MARK) for value in kept.desired.values())
    real = unmasked(kept, [change(token="s3cret")], KEY)
    assert real is not None and real.desired == {"token": "s3cret", ACK: True}
    assert unmasked(kept, [change(token="another")], KEY) is None
