"""A lab on a free port of this machine, the stacks deployed in it, and our own check over it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from autopilot.compliance.check import CONTROLS
from autopilot.compliance.control import Control
from autopilot.domain.evidence.evidence import Evidence
from bench.prowler.agreement import Answers

_READY: Final = re.compile(r"Ready at (\S+)")
_PROXIES: Final = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
_EXEMPT: Final = ("NO_PROXY", "no_proxy")
_START: Final = "from autopilot_cli.main import main; main(['local', '--port', '0'])"


@contextmanager
def served_lab(home: str) -> Iterator[Mapping[str, str]]:
    """The environment in which clients reach a lab, until the exit.

    The lab is their proxy, too: S3 Control puts the account in front of the host name, and the
    system need not know such a name. Nothing else is reached: the lab opens no tunnels.
    """
    lab = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _START], stdout=subprocess.PIPE, text=True
    )
    try:
        said = (_READY.search(line) for line in lab.stdout or ())
        port = next(urlsplit(found[1]).port for found in said if found)
        yield _environment(port, home)
    finally:
        lab.terminate()
        lab.wait()


def _environment(port: int | None, home: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ENDPOINT_URL": f"http://localhost:{port}",
        **dict.fromkeys(_PROXIES, f"http://127.0.0.1:{port}"),
        **dict.fromkeys(_EXEMPT, ""),
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_REGION": home,
        "AWS_DEFAULT_REGION": home,
    }


def answers(evidence: Evidence) -> Mapping[str, Answers]:
    """What our controls say, by the check of Prowler's that asks the same."""
    return {check: _answers(control, evidence) for control in CONTROLS for check in control.prowler}


def _answers(control: Control, evidence: Evidence) -> Answers:
    seen = control.examine(evidence)
    return Answers(control.id, {one.subject: one.verdict.value for one in seen})
