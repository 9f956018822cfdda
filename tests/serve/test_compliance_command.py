"""`autopilot compliance --aws` over HTTP, as against an account."""

from __future__ import annotations

import json
import subprocess

from autopilot_cli.exits import EXIT_HELD
from autopilot_lab.drill.project import ROOT
from tests.serve.conftest import autopilot, started


def test_every_control_can_be_judged_over_the_wire() -> None:
    """Also that of the account's own blocks, whose host name no address of this machine has.

    In a lab of its own: what the other tests do to theirs is found by some control.
    """
    with started("--clock", "virtual") as lab:
        done = subprocess.run(
            autopilot("compliance", "--aws", "--json"),
            cwd=ROOT,
            env=lab.variables,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == EXIT_HELD, done.stderr + done.stdout
    verdicts = {one["id"]: one["verdict"] for one in json.loads(done.stdout)["findings"]}
    assert verdicts["account-private"] == "pass"
    assert "unknown" not in verdicts.values()
