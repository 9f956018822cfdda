"""The compliance page in a browser, at phone and laptop width, in both themes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autopilot.reports.compliance_forms import to_html
from tests.compliance.test_forms import checked, yesterday
from tests.reports.test_browser import BROWSERS, SCHEMES, measured


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_compliance_page_fits_and_can_be_read(tmp_path: Path, width: int, scheme: str) -> None:
    """No sideways scrolling, every text at least 4.5:1 as it is really shown, no request."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    assessment = checked()
    page = to_html(assessment, (yesterday(assessment),))
    found = measured(browser, tmp_path, page, width, scheme)

    assert found["texts"] > 100
    assert found["scroll"] <= found["client"]
    assert found["wide"] == []
    assert found["faint"] == []
    assert found["requests"] == []
