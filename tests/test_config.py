"""Settings of the look at the centre: kept across a start, and refused by name when they make no sense."""

from __future__ import annotations

import json

import pytest

from server import config
from server.domain.errors import Invalid


def test_no_second_address_is_asked_unless_the_school_names_one(tmp_path):
    made = config.load(tmp_path)
    assert (made.probe_reference_url, made.probe_seconds) == (None, 60.0)


def test_the_probes_settings_survive_a_start(tmp_path):
    config.save(config.load(tmp_path, probe_reference_url="https://pembanding.example/", probe_seconds=90))
    made = config.load(tmp_path)
    assert (made.probe_reference_url, made.probe_seconds) == ("https://pembanding.example/", 90)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("probe_reference_url", "pembanding.example"),
        ("probe_reference_url", 5),
        ("probe_seconds", 0),
        ("probe_seconds", "60"),
        ("probe_seconds", True),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(tmp_path, field, value):
    (tmp_path / config.SETTINGS_FILE).write_text(json.dumps({field: value}))
    with pytest.raises(Invalid) as refused:
        config.load(tmp_path)
    assert refused.value.code == "settings_invalid"
    assert refused.value.params["field"] == field
