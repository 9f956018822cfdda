"""The deployed product, once for each module; what a test does to it happens in a fork."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autopilot_lab.assurance.bench import Bench, bench


@pytest.fixture(scope="module")
def deployed() -> Iterator[Bench]:
    """The product from its templates, over a service that is well."""
    with bench(seed=1) as prepared:
        yield prepared
