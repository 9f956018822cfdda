"""docs/troubleshooting.md, written from the table that pages and reports use.

`python -m autopilot.reports.troubleshooting_page docs/troubleshooting.md` writes it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autopilot.domain.troubleshooting import TABLE, Entry

_HEAD = """# Troubleshooting: symptom, checks, likely cause, response

<!-- Written by `make generate` from autopilot.domain.troubleshooting. Change it there. -->

Pages and incident reports take their likely cause and their checks from the same table. A word of
an alarm's name chooses among the symptoms of one situation.
"""


def troubleshooting_page() -> str:
    """The whole page, as Markdown."""
    return _HEAD + "".join(map(_section, TABLE))


def _section(entry: Entry) -> str:
    situations = ", ".join(each.replace("_", " ") for each in entry.situations)
    shown = "after a runbook failed" if entry.after_failure else situations
    words = f" Alarm words: {', '.join(entry.alarm_words)}." if entry.alarm_words else ""
    checks = "\n".join(f"{number}. {each}" for number, each in enumerate(entry.checks, start=1))
    return (
        f"\n## {entry.symptom}\n\nSituation: {shown}.{words}\n\n{checks}\n\n"
        f"- Likely: {entry.likely}\n- Response: {entry.response}\n- Next: `{entry.next_command}`\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(troubleshooting_page(), "utf-8")
