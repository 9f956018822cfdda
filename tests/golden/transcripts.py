"""The drills whose whole story is kept, as text.

`python -m tests.golden.transcripts` writes them again, from the root of the repository and with
layers/autopilot/python, lab, cli and . on PYTHONPATH. Read the difference before keeping it.
"""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console

from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import run_drill
from autopilot_lab.drill.story import tell

FOLDER: Final = Path(__file__).parent
SCENARIOS: Final = ("direct-path-brownout",)
COMMAND: Final = "python -m tests.golden.transcripts"
_COLUMNS: Final = 80  #: as when standard output is no terminal
_WALL_TIME: Final = re.compile(r"(of virtual\s+time in )\d+\.\d( s\.)")


def transcript(result: DrillResult) -> str:
    """The story as it is printed where there is no terminal, without the real time it took."""
    text = StringIO()
    tell(result, Console(file=text, width=_COLUMNS, color_system=None))
    return _WALL_TIME.sub(r"\1#\2", text.getvalue())


def path_of(scenario: str) -> Path:
    """Where the transcript of a scenario is kept."""
    return FOLDER / f"{scenario}.txt"


def main() -> None:
    """Play the scenarios and write their transcripts."""
    for name in SCENARIOS:
        read = read_scenario(find_scenario(name))
        result = run_drill(read, seed=read.scenario.seed)
        path_of(name).write_text(transcript(result), "utf-8")
        print(path_of(name))  # noqa: T201 - a generator says what it wrote


if __name__ == "__main__":
    main()
