"""Labels lie on their sheet: none over another, none at the unprintable edge, each printed once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import sticker
from server.domain.errors import Invalid
from server.domain.sticker import CARD_FORMATS, FORMATS, Box

EVERY = [*FORMATS.values(), *CARD_FORMATS.values()]
forms = st.sampled_from(EVERY)


@pytest.mark.parametrize("form", EVERY, ids=lambda f: f.key)
def test_labels_do_not_overlap_and_lie_on_the_sheet(form):
    paper = Box(0, 0, form.sheet_width, form.sheet_height)
    labels = [form.label(n) for n in range(form.per_page)]
    assert all(label.inside(paper) for label in labels)
    assert not [(a, b) for n, a in enumerate(labels) for b in labels[:n] if a.overlaps(b)]


@pytest.mark.parametrize("form", EVERY, ids=lambda f: f.key)
def test_what_is_printed_stays_on_its_label_and_where_printers_print(form):
    for position in range(form.per_page):
        assert form.content(position).inside(form.label(position))
        assert form.content(position).inside(form.printable)
    ruler = sticker.ruler(form)
    assert Box(ruler.x, ruler.y - 2, ruler.length, 2).inside(form.printable)


def test_the_ruler_is_on_no_label():
    for form in FORMATS.values():
        if not form.roll:
            line = sticker.ruler(form)
            mark = Box(line.x, line.y - 5, line.length, 5)  # its text too
            assert not any(form.content(n).overlaps(mark) for n in range(form.per_page))


@pytest.mark.parametrize(
    ("key", "columns", "rows", "size"),
    [("a4-24", 3, 8, (63.5, 33.9)), ("a4-65", 5, 13, (38.1, 21.2)), ("roll-62", 1, 1, (62, 29))],
)
def test_the_sheets_are_those_that_shops_sell(key, columns, rows, size):
    form = FORMATS[key]
    assert (form.columns, form.rows, (form.label_width, form.label_height)) == (columns, rows, size)
    if not form.roll:  # the published margins are those that centre the labels
        right = form.sheet_width - form.label(columns - 1).x - form.label_width
        bottom = form.sheet_height - form.label(form.per_page - 1).y - form.label_height
        assert (right, bottom) == (pytest.approx(form.left), pytest.approx(form.top))


@given(form=forms, count=st.integers(0, 300), start=st.integers(1, 65))
def test_each_thing_is_printed_once_and_in_order_from_the_first_free_label(form, count, start):
    if start > form.per_page:
        with pytest.raises(Invalid) as refused:
            sticker.pages(form, range(count), start)
        assert refused.value.code == "sticker_start"
        return
    pages = sticker.pages(form, range(count), start)
    assert [placed.what for page in pages for placed in page] == list(range(count))
    for page in pages:
        positions = [placed.position for placed in page]
        assert positions == sorted(set(positions)) and positions[-1] < form.per_page
        assert all(placed.label == form.label(placed.position) for placed in page)
    if count:
        assert pages[0][0].position == start - 1
        assert len(pages) == -(-(count + start - 1) // form.per_page)
    else:
        assert pages == []
