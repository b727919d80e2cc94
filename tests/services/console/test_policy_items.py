"""What is Bangku's once a change is done."""

from __future__ import annotations

from server.domain.policy_plan import Change, Op, Owned, Resolved
from server.services import policy_items, policy_read

NAME, UNIT = "chrome.devices.X", "03ph8a2z"


def test_what_a_way_back_cannot_unset_stays_bangkus(school):
    """Google unsets a whole schema, never one field: what we added beside the school's own value is still ours."""
    was = Resolved(NAME, None, {"theirs": "a", "both": 1}, True)
    held = [Owned(NAME, None, field, value) for field, value in (("both", 2), ("added", True))]
    back = Change(Op.UPDATE, NAME, None, "x", "signin", {"both": 2, "added": True}, {"both": 1}, ("both",))
    with school.db.write() as tx:
        policy_read.set_owned(tx, 1, UNIT, (NAME, None), held)
        policy_items.done(tx, 2, UNIT, [(policy_items.Item(0, back, "sent", None), back)], before=([was], []))
        assert [(one.field, one.value) for one in policy_read.owned(tx.c, UNIT)] == [("added", True)]
