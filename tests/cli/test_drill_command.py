"""`autopilot drill` as a person or a pipeline uses it: output, exit codes, and what it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autopilot_cli.main import main

SHORT = """\
name: short
title: Two minutes in which nothing goes wrong
horizon: 2m
load:
  requests_per_second: 20
expect:
  - check: effects
    exactly: 0
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Command:
    """The command, run in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Ran:
        """Run it; whatever happens, it ends with an exit code."""
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = self._capture.readouterr()
        return Ran(int(ended.value.code or 0), out, err)


@pytest.fixture(name="autopilot")
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command."""
    return Command(capsys)


def in_a_process(*arguments: str, **environment: str) -> Ran:
    """Run the command in a process of its own."""
    code = "from autopilot_cli.main import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture(name="short")
def short_scenario(tmp_path: Path) -> Path:
    """A scenario that is over soon."""
    file = tmp_path / "short.yaml"
    file.write_text(SHORT, "utf-8")
    return file


def result_of(ran: Ran) -> dict[str, Any]:
    """The one JSON object that was printed, without what the wall clock decides."""
    result: dict[str, Any] = json.loads(ran.out)
    assert result.pop("wall_seconds") > 0
    return result


def test_the_same_seed_gives_the_same_bytes_in_processes_with_other_hash_seeds(
    short: Path,
) -> None:
    """Apart from the wall clock; and a drill whose expectations hold ends with 0."""
    first, second = (
        in_a_process("drill", str(short), "--json", PYTHONHASHSEED=seed) for seed in ("1", "2")
    )
    assert (first.code, first.err) == (0, "")
    result = result_of(first)
    assert json.dumps(result) == json.dumps(result_of(second))
    assert result["outcome"] == "held"
    assert set(result) == {
        "scenario", "seed", "outcome", "expectations", "times", "requests", "reflex",
        "effects", "turns", "lease", "trail", "runs", "pages", "virtual_seconds",
    }  # fmt: skip


def test_a_drill_with_an_expectation_that_does_not_hold_ends_with_1(
    short: Path, autopilot: Command
) -> None:
    """The story names it; and what is no terminal gets no control sequences."""
    short.write_text(SHORT.replace("exactly: 0", "exactly: 1"), "utf-8")
    ran = autopilot("drill", str(short))
    assert ran.code == 1
    assert "NOT HELD  1 effects (0 effects)" in ran.out
    assert "\x1b" not in ran.out


def test_no_color_is_honoured_when_colour_is_forced(
    short: Path, autopilot: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://no-color.org: present and not empty, it wins."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[3" in autopilot("drill", str(short)).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in autopilot("drill", str(short)).out


def test_many_runs_find_what_runs_of_the_same_seeds_find_alone(
    short: Path, autopilot: Command
) -> None:
    """From the seed on the command line on, two at a time, each in a process of its own."""
    many = json.loads(autopilot("drill", str(short), "--runs", "2", "--seed", "5", "--json").out)
    alone = [
        json.loads(autopilot("drill", str(short), "--seed", seed, "--json").out)["requests"]
        for seed in ("5", "6")
    ]
    lower, higher = sorted(each["failed"] for each in alone)
    assert (many["runs"], many["held"], many["first_seed"]) == (2, 2, 5)
    assert many["measures"]["failed_requests"] == {"p50": lower, "p95": higher, "max": higher}


def test_a_wrong_file_ends_with_2_and_says_what_to_do(
    short: Path, autopilot: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line, key, expected, got, and where to read more."""
    short.write_text(SHORT.replace("horizon: 2m", "horizon: 2"), "utf-8")
    monkeypatch.chdir(short.parent)
    ran = autopilot("drill", "short.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "autopilot: the file short.yaml was refused\n"
        "  short.yaml:3: horizon\n"
        "    expected  a duration such as 90s, 5m, 1h30m\n"
        "    got       2\n"
        "docs/scenarios.md explains every key.\n"
    )


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["drill", "direct-path-brownot"], "Did you mean direct-path-brownout?"),
        (["drill", "no/such/file.yaml"], "a file that exists"),
        (["drill"], "a scenario"),
        (["drill", "quiet-day", "--seed", "many"], "'many' is not a valid integer"),
        (["drill", "quiet-day", "--runs", "0"], "0 is not in the range"),
        (["dril"], "No such command"),
    ],
)
def test_bad_input_ends_with_2(arguments: list[str], said: str, autopilot: Command) -> None:
    """Nothing is played."""
    ran = autopilot(*arguments)
    assert ran.code == 2
    assert said in ran.err


def test_the_list_names_every_scenario_with_its_title(autopilot: Command) -> None:
    """In a form for people and in one for programs."""
    listed = json.loads(autopilot("drill", "--list", "--json").out)
    assert "direct-path-brownout" in [entry["name"] for entry in listed]
    text = autopilot("drill", "--list").out
    assert all(entry["name"] in text and entry["title"] in text for entry in listed)


def test_the_command_loads_without_the_lab() -> None:
    """The lab and moto are loaded by the drill, not by the command."""
    code = (
        "import sys; import autopilot_cli.main; "
        "print([name for name in sys.modules if name.split('.')[0] in ('autopilot_lab', 'moto')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
