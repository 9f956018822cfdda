"""The live view in a real (pseudo) terminal: what it leaves behind, and how it is left."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
ENTER, LEAVE, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7])m")
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """What the command left behind."""

    code: int
    text: str
    settings_kept: bool


def in_a_terminal(
    scenario: Path, *options: str, keys: dict[str, bytes], **environment: str
) -> Ended:
    """Run the drill in a terminal of 80 columns; send each key once its words have been seen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(theirs)
    code = "from autopilot_cli.main import main; main()"
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", code, "drill", str(scenario), *options],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads
        env={**plain, "TERM": "xterm-256color", "PYTHONPATH": path, **environment},
    )
    text = _read_until_end(process, ours, dict(keys))
    kept = _comparable(termios.tcgetattr(theirs)) == _comparable(before)
    os.close(ours)
    os.close(theirs)
    return Ended(process.wait(), text, kept)


def _comparable(settings: list[Any]) -> list[Any]:
    """Modes and control characters; speeds mean nothing here."""
    return [*settings[:4], settings[6]]


def _read_until_end(process: subprocess.Popen[bytes], ours: int, keys: dict[str, bytes]) -> str:
    text, ends = "", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        is_over = process.poll() is not None
        if select.select([ours], [], [], 0 if is_over else 0.1)[0]:
            text += os.read(ours, 65536).decode("utf-8", "replace")
        elif is_over:
            return text
        for words in [words for words in keys if words in text]:
            os.write(ours, keys.pop(words))
    process.kill()
    return text


@pytest.fixture(name="short")
def short_scenario(tmp_path: Path) -> Path:
    """A scenario that is over soon."""
    file = tmp_path / "short.yaml"
    file.write_text(SHORT, "utf-8")
    return file


def test_a_watched_drill_ends_with_its_summary_on_the_usual_screen(short: Path) -> None:
    """The view has a screen of its own, and is gone when the summary is printed."""
    ended = in_a_terminal(short, "--speed", "0", keys={})
    assert (ended.code, ended.settings_kept) == (0, True)
    assert ended.text.count(ENTER) == ended.text.count(LEAVE) == 1
    view, summary = ended.text.split(LEAVE)
    assert "what clients feel" in view
    assert "1 of 1 expectations held." in summary
    assert COLOUR.search(view)


def test_control_c_gives_the_terminal_back_and_ends_with_130(short: Path) -> None:
    """It says how far the drill had come; nothing else stays on the screen."""
    ended = in_a_terminal(short, "--speed", "1", keys={"real time": b"\x03"})
    assert (ended.code, ended.settings_kept) == (130, True)
    after = ended.text.split(LEAVE)[-1]
    assert CURSOR in ended.text
    assert re.search(r"the drill was stopped at 00:00:\d\d\.\d of 00:02:00", after)
    assert "Traceback" not in after


def test_keys_stop_time_and_skip_to_the_end_without_colour(short: Path) -> None:
    """Space, then q; with NO_COLOR there is not one colour on the way."""
    keys = {"real time": b" ", "PAUSED": b"q"}
    ended = in_a_terminal(short, "--speed", "1", keys=keys, NO_COLOR="1")
    assert (ended.code, ended.settings_kept) == (0, True)
    assert "1 of 1 expectations held." in ended.text.split(LEAVE)[-1]
    assert not COLOUR.search(ended.text)


def test_plain_tells_the_story_in_a_terminal_too(short: Path) -> None:
    """No other screen, no cursor games."""
    ended = in_a_terminal(short, "--plain", keys={})
    assert ended.code == 0
    assert ENTER not in ended.text
    assert "1 of 1 expectations held." in ended.text
