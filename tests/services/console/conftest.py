"""A school with its console, as it stood after the first sync."""

from __future__ import annotations

import pytest

from tests.console_school import copy_school, make_school, open_school


@pytest.fixture(scope="session")
def synced(tmp_path_factory):
    """Fifteen Chromebooks in room 1, known to the console and linked."""
    return make_school(tmp_path_factory.mktemp("synced"))


@pytest.fixture(scope="session")
def big_synced(tmp_path_factory):
    """A hundred and twenty in one room: three calls to move them."""
    return make_school(tmp_path_factory.mktemp("big"), 120)


@pytest.fixture
def school(synced, tmp_path):
    with open_school(copy_school(synced, tmp_path / "school")) as made:
        yield made
