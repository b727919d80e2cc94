"""A school with its console, for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import console_school
from tests.console_school import Connected


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo school's data once."""
    return console_school.bare_school(tmp_path_factory.mktemp("bare") / "data")


@pytest.fixture
def connect(tmp_path: Path, bare: Path) -> Iterator[Callable[..., Connected]]:
    """Make a school with a console of this seed."""
    opened: list[Connected] = []

    def make(seed: Mapping[str, Any] | None = None) -> Connected:
        data = tmp_path / f"data-{len(opened)}"
        shutil.copytree(bare, data)
        opened.append(console_school.connect(data, tmp_path / f"console-{len(opened)}", seed))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
