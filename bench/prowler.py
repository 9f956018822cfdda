"""Our compliance check beside Prowler's, over one served lab: where both ask, do they agree?

`make prowler` installs Prowler into an environment of its own (build/prowler: its packages are many,
and not ours) and runs this. Prowler is run with `--checks`: those of its GDPR file and those that our
controls name. A check that Prowler could not carry out against the lab is told as such.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from autopilot.compliance.check import CONTROLS

OUTPUT: Final = Path("build/prowler-output")
REGIONS: Final = ("eu-central-1", "eu-west-1", "eu-west-3")
_READY: Final = re.compile(r"Ready at (\S+)")


@contextmanager
def served_lab() -> Iterator[Mapping[str, str]]:
    """A lab on a free port; the environment in which clients reach it."""
    command = [sys.executable, "-m", "bench.prowler", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        endpoint = next(
            found[1] for line in lab.stdout if (found := _READY.search(line)) is not None
        )
        try:
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


def ours(environment: Mapping[str, str]) -> dict[str, str]:
    """The verdict of each of our controls."""
    command = [sys.executable, "-m", "bench.prowler", "--ours"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return {one["id"]: one["verdict"] for one in json.loads(ran.stdout)["findings"]}


def theirs(prowler: Path, environment: Mapping[str, str], checks: list[str]) -> dict[str, str]:
    """Prowler's verdict by check: fail when one of its findings fails."""
    command = [prowler, "aws", "--checks", *checks, "--filter-region", *REGIONS]
    command += ["--output-formats", "json-ocsf", "--output-directory", OUTPUT]
    command += ["--output-filename", "lab", "--ignore-exit-code-3", "--no-banner"]
    subprocess.run(command, env=environment, check=True)
    findings: list[dict[str, Any]] = json.loads((OUTPUT / "lab.ocsf.json").read_text("utf-8"))
    verdicts: dict[str, set[str]] = defaultdict(set)
    for one in findings:
        verdicts[one["metadata"]["event_code"]].add(one["status_code"])
    return {name: "fail" if "FAIL" in seen else "pass" for name, seen in verdicts.items()}


def gdpr_checks(prowler: Path) -> list[str]:
    """The checks of Prowler's own GDPR file."""
    command = [prowler, "aws", "--list-checks", "--compliance", "gdpr_aws"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.findall(r"\[(?:\x1b\[\d+m)?([a-z0-9_]+)(?:\x1b\[\d+m)?\]", ran.stdout)


def compare(own: Mapping[str, str], their: Mapping[str, str]) -> Iterator[str]:
    """A row for each check that both make, then those that only Prowler makes."""
    asked = {check: control.id for control in CONTROLS for check in control.prowler}
    for check, control in sorted(asked.items()):
        seen = their.get(check, "not carried out")
        same = seen == own[control] or (seen == "not carried out")
        yield f"| {check} | {seen} | {control} | {own[control]} | {'' if same else 'differs'} |"
    for check in sorted(their.keys() - asked.keys()):
        yield f"| {check} | {their[check]} | | | |"


def main() -> None:
    """Serve, run both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prowler", type=Path, default=Path("build/prowler/bin/prowler"))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve or given.ours:
        from autopilot_cli.main import main as autopilot  # noqa: PLC0415 - in a process of its own

        autopilot(["local", "--port", "0"] if given.serve else ["compliance", "--aws", "--json"])
    checks = sorted({*gdpr_checks(given.prowler), *(c for one in CONTROLS for c in one.prowler)})
    with served_lab() as environment:
        own, their = ours(environment), theirs(given.prowler, environment, checks)
    rows = "\n".join(compare(own, their))
    sys.stdout.write(f"| Prowler | says | control | says | |\n|---|---|---|---|---|\n{rows}\n")


if __name__ == "__main__":
    main()
