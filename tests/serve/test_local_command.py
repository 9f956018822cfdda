"""`autopilot local` as a command: what it prints, refuses, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import time

from autopilot_lab.drill.project import ROOT
from tests.serve.conftest import ServedLab, autopilot, project_environment, started


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    return subprocess.run(
        autopilot(*arguments),
        cwd=ROOT,
        env=project_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_ctrl_c_stops_a_lab_within_a_second() -> None:
    """SIGINT ends it at once, with 0, although the shell has pointed AWS's clients elsewhere."""
    outside = {**project_environment(), "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with started("--clock", "real", environment=outside) as lab:
        lab.client("dynamodb").list_tables()
        begun = time.perf_counter()
        lab.process.send_signal(signal.SIGINT)
        assert lab.process.wait(5) == 0
        assert time.perf_counter() - begun < 1


def test_a_second_lab_on_the_same_port_is_refused(lab: ServedLab) -> None:
    """A port that is taken ends with 2 and says what to do."""
    refused = run("local", "--port", str(lab.port))
    assert refused.returncode == 2
    assert "Or choose another port" in refused.stderr


def test_the_commands_speak_to_the_lab_that_runs(lab: ServedLab) -> None:
    """Time passes, a route breaks and mends, by command."""
    before = lab.control("mend")
    port = ("local", "--port", str(lab.port))
    assert run(*port, "pass", "1m30s").stdout.startswith("It is 20")
    assert "50 % of the requests to eu-west-1/mcp fail" in (
        run(*port, "break", "eu-west-1/mcp", "--percent", "50").stdout
    )
    assert run(*port, "mend").returncode == 0
    assert lab.control("mend") == before


def test_what_a_lab_cannot_do_is_said(lab: ServedLab) -> None:
    """An unknown route, a wrong duration and a port without a lab are explained."""
    unknown = run("local", "--port", str(lab.port), "break", "nowhere")
    assert "one of eu-central-1/direct" in unknown.stderr
    assert run("local", "--port", str(lab.port), "pass", "soon").returncode == 2
    assert "Start one with: autopilot local" in run("local", "--port", "1", "mend").stderr
