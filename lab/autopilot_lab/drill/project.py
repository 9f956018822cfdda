"""Where the project keeps what a drill plays: scenarios, the reference profile, templates."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from autopilot.errors import BadInput, Problem

ROOT: Final = Path(__file__).resolve().parents[3]
SCENARIOS: Final = ROOT / "scenarios"
REFERENCE_PROFILE: Final = ROOT / "layers" / "profile" / "profile" / "profile.toml"


def scenario_names() -> Sequence[str]:
    """Every scenario that comes with the project, in order."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def find_scenario(name_or_file: str) -> Path:
    """The file of a scenario given by name or by path; raise `BadInput` when there is none."""
    given = Path(name_or_file)
    if given.suffix in (".yaml", ".yml") or len(given.parts) > 1:
        if given.is_file():
            return given
        raise BadInput(
            "the scenario",
            [Problem("FILE", "a file that exists", name_or_file)],
            "Give the path of a scenario file, or a name from autopilot drill --list.",
        )
    if name_or_file in scenario_names():
        return SCENARIOS / f"{name_or_file}.yaml"
    raise BadInput(
        "the scenario",
        [Problem("NAME", "a scenario's name or file", name_or_file)],
        _advice(name_or_file),
    )


def _advice(name: str) -> str:
    close = get_close_matches(name, scenario_names(), n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return f"{meant}autopilot drill --list shows every name."
