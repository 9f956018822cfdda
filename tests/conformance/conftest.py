"""One lab for all trials: each removes what it made, and a test looks whether it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autopilot_lab.conformance.places import Lab, the_lab
from autopilot_lab.conformance.run import Run


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A fresh embedded AWS as a place for trials."""
    with the_lab() as place:
        yield place


@pytest.fixture(scope="module")
def run(lab: Lab) -> Iterator[Run]:
    """One run of trials in the lab, with its shared resources."""
    trials = Run(lab)
    yield trials
    trials.cleaner.clean()
    assert trials.cleaner.leftovers == []
