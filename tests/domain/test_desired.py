"""The desired document is a function of its inputs, and says what a device should do."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from server.domain.desired import Clear, DesiredInputs, Hold, Notice, compute, encode
from server.domain.exam import Client, ExamState
from server.domain.sitting import Block, SittingState

T0 = 1_790_000_000_000
ANI = DesiredInputs(
    home_url="https://ujian.test/pupil",
    own_host="ujian.test",
    device_label="C01",
    room="Ruang 1",
    exam_state=ExamState.RUNNING,
    exam_title="Ujian sekolah",
    exam_url="https://cbt.test/mulai",
    exam_hosts=("cbt.test",),
    sitting_state=SittingState.WORKING,
    seat="1",
    participant_name="Ani",
    participant_number="02-001",
    blocks=(Block(1, "A", 60, started_at=T0),),
)
HOLD = Hold(1, "proctor", "Tunggu", T0, T0 + 60_000)


def test_a_working_pupil_is_sent_to_the_exam_and_nowhere_else():
    doc = compute(ANI)
    assert (doc["mode"], doc["start_url"]) == ("exam", "https://cbt.test/mulai")
    assert doc["allowed_hosts"] == ["cbt.test", "ujian.test"]
    assert doc["ends_at"] == T0 + 3_600_000


def test_before_the_token_only_the_school_itself_is_open():
    doc = compute(replace(ANI, sitting_state=SittingState.READY))
    assert (doc["mode"], doc["start_url"]) == ("waiting", "https://ujian.test/pupil")
    assert doc["allowed_hosts"] == ["ujian.test"]
    assert doc["ends_at"] is None


def test_a_lock_carries_its_own_end_and_what_comes_after():
    lock = compute(replace(ANI, holds=(HOLD,)))["lock"]
    assert lock == {"reason": "proctor", "text": "Tunggu", "expires_at": T0 + 60_000, "then": "exam"}


def test_a_lock_never_runs_out_by_itself_while_the_sitting_is_paused():
    paused = replace(
        ANI,
        sitting_state=SittingState.PAUSED,
        blocks=(Block(1, "A", 60, started_at=T0, paused_at=T0 + 1000),),
    )
    assert compute(paused)["lock"]["reason"] == "paused"
    doc = compute(replace(paused, holds=(HOLD,)))
    assert (doc["lock"]["reason"], doc["lock"]["expires_at"]) == ("proctor", None)
    assert (doc["ends_at"], doc["time_left_ms"]) == (None, 3_599_000)


def test_of_two_locks_the_one_without_an_end_shows():
    for_good = Hold(2, "supervisor", "Sampai dibuka", T0 - 5)
    assert compute(replace(ANI, holds=(HOLD, for_good)))["lock"]["text"] == "Sampai dibuka"


def test_a_finished_pupil_is_shown_the_end_and_a_lock_ends_with_the_sitting():
    doc = compute(replace(ANI, sitting_state=SittingState.FINISHED, holds=(HOLD,)))
    assert (doc["mode"], doc["lock"]) == ("finished", None)


def test_the_ministrys_client_is_never_steered_nor_timed():
    doc = compute(replace(ANI, exam_client=Client.EXAM_BROWSER))
    assert (doc["mode"], doc["ends_at"], doc["start_url"]) == ("waiting", None, "https://ujian.test/pupil")


def test_a_quarantined_newcomer_is_told_nothing():
    doc = compute(replace(ANI, quarantined=True))
    assert doc["mode"] == "idle"
    assert doc["participant"] is doc["seat"] is doc["exam_title"] is None
    assert doc["allowed_hosts"] == ["ujian.test"]


def test_a_report_is_never_further_apart_than_a_worker_lives():
    assert compute(DesiredInputs(home_url="https://u/pupil", own_host="u"))["report_interval_ms"] <= 20_000


inputs = st.builds(
    DesiredInputs,
    home_url=st.just("https://ujian.test/pupil"),
    own_host=st.just("ujian.test"),
    device_label=st.none() | st.text(max_size=5),
    room=st.none() | st.text(max_size=5),
    seat=st.none() | st.text(max_size=3),
    exam_title=st.none() | st.text(max_size=9),
    quarantined=st.booleans(),
    exam_state=st.none() | st.sampled_from(ExamState),
    exam_client=st.sampled_from(Client),
    exam_url=st.none() | st.just("https://cbt.test/"),
    exam_hosts=st.lists(st.sampled_from(["a.test", "b.test", "c.test:8443"]), max_size=3).map(tuple),
    sitting_state=st.none() | st.sampled_from(SittingState),
    participant_name=st.none() | st.text(max_size=9),
    participant_number=st.none() | st.text(max_size=9),
    blocks=st.lists(st.builds(Block, st.integers(1, 3), st.just("A"), st.integers(1, 90)), max_size=2).map(
        tuple
    ),
    holds=st.lists(
        st.builds(
            Hold,
            st.integers(1, 9),
            st.just("proctor"),
            st.text(max_size=9),
            st.just(T0),
            st.none() | st.just(T0 + 9),
        ),
        max_size=3,
    ).map(tuple),
    notice=st.none() | st.builds(Notice, st.integers(1, 9), st.text(max_size=9)),
    clear=st.none() | st.builds(Clear, st.just("s1-1"), st.just(("https://cbt.test",))),
)


@given(inputs)
def test_equal_inputs_give_equal_bytes_and_the_shape_never_changes(given_inputs: DesiredInputs):
    one, other = encode(compute(given_inputs)), encode(compute(replace(given_inputs)))
    assert one == other
    assert set(json.loads(one[0])) == set(compute(ANI))


def test_what_was_pasted_from_a_spreadsheet_does_not_make_the_device_refuse_its_orders():
    hold = Hold(1, "proctor", "Tunggu.\r\nProktor\tdatang.", T0)
    doc = compute(replace(ANI, exam_title="ANBK\tLiterasi", room="Ruang\t1", holds=(hold,)))
    assert (doc["exam_title"], doc["room"]) == ("ANBK Literasi", "Ruang 1")
    assert doc["lock"]["text"] == "Tunggu.\nProktor datang."


@given(inputs)
def test_no_text_of_a_document_holds_a_control_character_but_line_breaks(given_inputs: DesiredInputs):
    doc = compute(given_inputs)
    prose = [part["text"] for part in (doc["lock"], doc["notice"]) if part]
    lines = [doc[name] for name in ("device_label", "room", "seat", "exam_title")]
    lines += (doc["participant"] or {}).values()
    for text in (*(line for line in lines if line is not None), *(one.replace("\n", "") for one in prose)):
        assert not any(unicodedata.category(sign) == "Cc" for sign in text)


@given(inputs)
def test_a_document_is_locked_exactly_when_it_carries_a_lock(given_inputs: DesiredInputs):
    doc = compute(given_inputs)
    assert (doc["mode"] == "locked") == (doc["lock"] is not None)
    assert "ujian.test" in doc["allowed_hosts"]


@given(inputs)
def test_nobodys_name_is_shown_on_an_idle_device(given_inputs: DesiredInputs):
    doc = compute(given_inputs)
    base = doc["lock"]["then"] if doc["lock"] else doc["mode"]
    if base == "idle":
        assert doc["participant"] is None and doc["notice"] is None


@given(inputs, st.permutations(range(3)))
def test_the_order_in_which_rows_are_read_changes_nothing(given_inputs: DesiredInputs, order: list[int]):
    shuffled = tuple(given_inputs.holds[i] for i in order if i < len(given_inputs.holds))
    hosts = tuple(reversed(given_inputs.exam_hosts))
    if len({h.id for h in shuffled}) == len(shuffled):
        assert compute(replace(given_inputs, holds=shuffled, exam_hosts=hosts)) == compute(given_inputs)
