"""Text on paper fits its place, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.web.print_text import fitted, wide


@given(st.text(min_size=1, max_size=160), st.floats(5, 80), st.floats(2.5, 12), st.integers(1, 2))
def test_every_line_fits_or_is_squeezed_to_fit(text, width, size, lines):
    made = fitted(text, width, size, 2.0, lines)
    assert 1 <= len(made) <= lines
    assert "".join("".join(line.text for line in made).split()) == "".join(text.split())
    for line in made:
        assert 2.0 <= line.size <= max(size, 2.0)
        assert line.squeeze == width or wide(line.text) * line.size <= width + 1e-5


def test_a_short_label_stays_whole_and_a_long_one_breaks_at_its_space():
    assert [line.text for line in fitted("P-01", 16, 8, 2, 2)] == ["P-01"]
    assert [line.text for line in fitted("Chromebook Aula 12", 16, 8, 2, 2)] == ["Chromebook", "Aula 12"]
