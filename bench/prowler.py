"""Our compliance check beside Prowler's, over one served lab: where both ask, do they agree?

`make prowler` installs Prowler into an environment of its own (its packages are many, and not ours)
and runs this. Prowler carries out the checks of its GDPR file and those that our controls name. A
check that tells nothing of the lab is shown as not carried out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from autopilot.compliance.check import CONTROLS

OUTPUT: Final = Path("build/prowler-output")
REGIONS: Final = ("eu-central-1", "eu-west-1", "eu-west-3")
NOTHING: Final = "not carried out"
_READY: Final = re.compile(r"Ready at (\S+)")
_CHECK: Final = re.compile(r"\[([a-z0-9_]+)\]")
_COLOUR: Final = re.compile(r"\x1b\[\d+m")


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program of ours, or Prowler, prints; however it ends."""
    ran = subprocess.run(  # noqa: S603 - the programs are named here, not by anybody's input
        command, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    return ran.stdout


@contextmanager
def served_lab() -> Iterator[Mapping[str, str]]:
    """A lab on a free port; the environment in which clients reach it."""
    command = [sys.executable, "-m", "bench.prowler", "--serve"]
    lab = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    try:
        said = (_READY.search(line) for line in lab.stdout or ())
        endpoint = next(found[1] for found in said if found)
        yield {
            **os.environ,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_REGION": REGIONS[0],
            "AWS_DEFAULT_REGION": REGIONS[0],
        }
    finally:
        lab.terminate()
        lab.wait()


def ours(environment: Mapping[str, str]) -> dict[str, str]:
    """The verdict of each of our controls."""
    shown = run([sys.executable, "-m", "bench.prowler", "--ours"], environment)
    return {one["id"]: one["verdict"] for one in json.loads(shown)["findings"]}


def theirs(prowler: str, environment: Mapping[str, str], checks: list[str]) -> dict[str, str]:
    """Prowler's verdict by check: fail when one of its findings fails."""
    command = [prowler, "aws", "--checks", *checks, "--filter-region", *REGIONS]
    command += ["--output-formats", "json-ocsf", "--output-directory", str(OUTPUT)]
    command += ["--output-filename", "lab", "--ignore-exit-code-3", "--no-banner"]
    run(command, environment)
    text = (OUTPUT / "lab.ocsf.json").read_text("utf-8")
    findings: list[dict[str, Any]] = json.loads(text)
    verdicts: dict[str, set[str]] = defaultdict(set)
    for one in findings:
        verdicts[one["metadata"]["event_code"]].add(one["status_code"])
    return {name: "fail" if "FAIL" in seen else "pass" for name, seen in verdicts.items()}


def gdpr_checks(prowler: str) -> list[str]:
    """The checks of Prowler's own GDPR file."""
    shown = run([prowler, "aws", "--list-checks", "--compliance", "gdpr_aws", "--no-banner"])
    return _CHECK.findall(_COLOUR.sub("", shown))


def compare(own: Mapping[str, str], their: Mapping[str, str]) -> Iterator[str]:
    """A row for each check that both make, then those that only Prowler makes."""
    asked = {check: control.id for control in CONTROLS for check in control.prowler}
    for check, control in sorted(asked.items()):
        seen = their.get(check, NOTHING)
        differs = seen not in (own[control], NOTHING)
        yield f"| {check} | {seen} | {control} | {own[control]} | {'differs' * differs} |"
    for check in sorted(their.keys() - asked.keys()):
        yield f"| {check} | {their[check]} | | | |"


def main() -> None:
    """Serve, run both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prowler", default="build/prowler/bin/prowler")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve or given.ours:
        from autopilot_cli.main import main as autopilot  # noqa: PLC0415 - a process of its own

        autopilot(["local", "--port", "0"] if given.serve else ["compliance", "--aws", "--json"])
    named = {check for control in CONTROLS for check in control.prowler}
    checks = sorted({*gdpr_checks(given.prowler), *named})
    with served_lab() as environment:
        own = ours(environment)
        their = theirs(given.prowler, environment, checks)
    rows = "\n".join(compare(own, their))
    sys.stdout.write(f"| Prowler | says | control | says | |\n|---|---|---|---|---|\n{rows}\n")


if __name__ == "__main__":
    main()
