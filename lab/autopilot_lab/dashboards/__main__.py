"""Writes docs/metrics.md and docs/alarms.md: `python -m autopilot_lab.dashboards`."""

from __future__ import annotations

from pathlib import Path

from autopilot_lab.dashboards.documents import (
    ALARMS_PAGE,
    METRICS_PAGE,
    alarms_page,
    metrics_page,
)


def main(root: Path) -> None:
    """Write both pages below `root`."""
    (root / METRICS_PAGE).write_text(metrics_page(), "utf-8")
    (root / ALARMS_PAGE).write_text(alarms_page(root), "utf-8")


if __name__ == "__main__":
    main(Path.cwd())
