"""The page in a browser: no overflow at phone and laptop width, contrast, nothing requested."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from autopilot.reports.html import to_html
from tests.reports.made_up import report, rolled_out

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=5000", "--dump-dom",
)  # fmt: skip
SCHEMES = {"dark": 0, "light": 1}

#: Stands beside the page, not in it: a frame of the width in question, and what is measured there.
MEASURE = """<!DOCTYPE html><body style="margin:0"><pre id="found"></pre>
<iframe id="page" style="border:0;width:%dpx;height:900px" srcdoc="%s"></iframe>
<script>
const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
const seen = c => rgb(c).length >= 3 && (rgb(c)[3] ?? 1) > 0 && c !== 'none';
const light = c => { const l = rgb(c).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
const ratio = (a, b) => { const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
addEventListener('load', () => {
  const view = document.getElementById('page').contentWindow, doc = view.document;
  const style = e => view.getComputedStyle(e);
  doc.querySelectorAll('details').forEach(e => e.open = true);
  const under = e => {
    if (e.matches('svg .chip-words, svg .badge-words')) return style(e.previousElementSibling).fill;
    const state = e.matches('.state-name') && e.closest('g.state');
    if (state) return style(state.querySelector(':scope > .outline')).fill;
    for (; e; e = e.parentElement)
      if (seen(style(e).backgroundColor)) return style(e).backgroundColor;
    return 'rgb(255, 255, 255)'; };
  const texts = [...doc.body.querySelectorAll('*')].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) &&
    e.getClientRects().length && !e.matches('.skip, .unseen, svg title, svg desc'));
  const pairs = texts.map(e => {
    const colour = e instanceof view.SVGElement ? style(e).fill : style(e).color;
    return [ratio(colour, under(e)), e.textContent.trim().slice(0, 40)]; });
  const wide = [...doc.body.querySelectorAll('*')].filter(e =>
    !e.closest('.scroll, svg, .skip, .unseen') &&
    e.getBoundingClientRect().right > doc.documentElement.clientWidth + 0.5);
  document.getElementById('found').textContent = JSON.stringify({
    scroll: doc.documentElement.scrollWidth, client: doc.documentElement.clientWidth,
    texts: texts.length, faint: pairs.filter(p => p[0] < 4.5),
    wide: wide.map(e => e.tagName + '.' + e.className),
    background: style(doc.body).backgroundColor,
    requests: view.performance.getEntriesByType('resource').map(r => r.name) });
});
</script></body>"""


@pytest.fixture(name="browser", scope="module")
def find_browser() -> str:
    """A Chromium, if this machine has one."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found


def measured(browser: str, folder: Path, page: str, width: int, scheme: str) -> dict[str, Any]:
    """What the browser says of the page at this width and in this theme."""
    file = folder / "measure.html"
    file.write_text(MEASURE % (width, escape(page)), "utf-8")
    settings = f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"
    command = [browser, *FLAGS, settings, f"--user-data-dir={folder / 'profile'}", file.as_uri()]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r'<pre id="found">(.+?)</pre>', shown, re.DOTALL)
    assert found, "the page was not measured"
    parsed: dict[str, Any] = json.loads(unescape(found[1]))
    return parsed


def long_words() -> str:
    """The made-up run with words that are much too long for a phone."""
    made = report()
    word = "x" * 300
    event = replace(made.events[0], title=word, detail=word)
    page = replace(made.pages[0], text=word, subject=word)
    run = replace(made.runs[0], name=word, detail=word)
    effect = replace(made.effects[0], by=word, why=word)
    return to_html(
        report(title=word, headline=word, events=[event], pages=[page], runs=[run],
               effects=[effect], source=[replace(made.source[0], value=word)])
    )  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_can_be_read(
    browser: str, tmp_path: Path, width: int, scheme: str
) -> None:
    """No sideways scrolling, every text at least 4.5:1 as it is really shown, no request."""
    found = measured(browser, tmp_path, to_html(rolled_out()), width, scheme)
    assert found["texts"] > 100
    assert found["client"] >= width - 20  # a scroll bar may take some
    assert found["scroll"] <= found["client"]
    assert found["wide"] == []
    assert found["faint"] == []
    assert found["requests"] == []
    is_dark = sum(map(int, re.findall(r"\d+", found["background"])[:3])) < 380
    assert is_dark == (scheme == "dark")


def test_very_long_words_do_not_widen_the_page(browser: str, tmp_path: Path) -> None:
    """A name of three hundred letters is broken, on a phone too."""
    found = measured(browser, tmp_path, long_words(), 390, "light")
    assert found["wide"] == []
    assert found["scroll"] <= found["client"]


def test_a_page_that_overflows_would_be_found(browser: str, tmp_path: Path) -> None:
    """The measurement itself works: a faint, wide paragraph with a picture is caught."""
    bad = '<p style="width:800px;color:#aaa;background:#fff">wide and faint</p>'
    page = to_html(report()).replace("<main>", f"<main>{bad}")
    found = measured(browser, tmp_path, page, 390, "light")
    assert found["scroll"] > found["client"]
    assert "P." in found["wide"]
    assert "wide and faint" in [text for _, text in found["faint"]]
