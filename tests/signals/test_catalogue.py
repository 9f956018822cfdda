"""Catalogue, code, alarms and dashboards speak of the same metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from autopilot.domain.readings import METRICS as PUBLISHED
from autopilot.domain.readings import NAMESPACE, Measured, Reading
from autopilot.signals.catalogue import METRICS, metric_named
from autopilot.signals.metric import Source
from autopilot_lab.dashboards.documents import ALARMS_PAGE, METRICS_PAGE, alarms_page, metrics_page

ROOT: Final = Path(__file__).resolve().parents[2]


def test_every_metric_says_what_it_is_and_what_it_is_for() -> None:
    """Name, unit, period, source, definition and use; a computed one its arithmetic."""
    assert len(METRICS) >= 20
    for metric in METRICS.values():
        assert metric.title
        assert metric.unit
        assert metric.definition.endswith(".")
        assert metric.use.endswith(".")
        assert metric.period_seconds >= 10
        is_named = bool(metric.name and metric.namespace and metric.statistic)
        assert is_named == (metric.source is not Source.DERIVED)
        assert is_named or metric.arithmetic


def test_what_the_code_may_publish_is_in_the_catalogue_with_the_same_dimensions() -> None:
    """And the catalogue has nothing of that namespace that no code may publish."""
    catalogued = {each.name: each for each in METRICS.values() if each.namespace == NAMESPACE}

    assert catalogued.keys() == {each.value for each in Measured}
    for measured, metric in PUBLISHED.items():
        assert catalogued[measured].dimensions == ("Service", *metric.dimensions)


def test_a_reading_with_other_dimensions_is_refused() -> None:
    """It would be another metric, which no alarm looks at."""
    with pytest.raises(ValueError, match="HealthScore has dimensions"):
        Reading(Measured.HEALTH_SCORE, 100, {"Region": "eu-central-1"})


def test_one_name_has_several_entries_by_its_statistics() -> None:
    """Requests and failures are counted by the same metric."""
    requests = metric_named("HybridRouting", "Failed", "SampleCount")
    rate = metric_named("HybridRouting", "Failed", "Average")

    assert requests is METRICS["requests"]
    assert rate is METRICS["error_rate"]
    assert metric_named("HybridRouting", "Nothing") is None


@pytest.mark.parametrize(
    "page, text",
    [(METRICS_PAGE, metrics_page()), (ALARMS_PAGE, alarms_page(ROOT))],
    ids=["metrics", "alarms"],
)
def test_the_documents_are_as_they_would_be_written_now(page: Path, text: str) -> None:
    """`make generate` writes them again."""
    assert (ROOT / page).read_text("utf-8") == text
