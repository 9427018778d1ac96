"""`trial("8.1")`: the learner's check on trial against good code and planted bugs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbook.trial import Trial


@pytest.fixture
def trial(request: pytest.FixtureRequest, private_folder: Path) -> Callable[[str], Trial]:
    """The trials of one exercise. A verdict is the same each time, so the seed is always the same."""

    def of(exercise: str) -> Trial:
        return Trial(exercise, request.config.rootpath, private_folder)

    return of
