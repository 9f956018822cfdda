"""What Prowler says of a served lab, read from its findings in the Open Cybersecurity Schema."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.prowler.agreement import FAIL, PASS, Finding

OUTPUT: Final = Path("build/prowler-output")
_CHECK: Final = re.compile(r"^\[([a-z0-9_]+)\]", re.MULTILINE)
_VERDICTS: Final[Mapping[str, str]] = {"PASS": PASS, "FAIL": FAIL}
#: A log group's ARN ends so in some answers of CloudWatch Logs, and not in others.
_ANY_STREAM: Final = ":*"


def gdpr_checks(prowler: str) -> list[str]:
    """The checks of Prowler's own GDPR file."""
    listed = ["--list-checks", "--compliance", "gdpr_aws", "--no-banner", "--no-color"]
    return _CHECK.findall(_said([prowler, "aws", *listed], None))


def scan(
    prowler: str, environment: Mapping[str, str], checks: Sequence[str], regions: Sequence[str]
) -> list[Finding]:
    """Carry the checks out. Raises `SystemExit` with what Prowler said when it left no findings."""
    path = OUTPUT / "lab.ocsf.json"
    path.unlink(missing_ok=True)
    command = [prowler, "aws", "--checks", *checks, "--filter-region", *regions]
    command += ["--output-formats", "json-ocsf", "--output-directory", str(OUTPUT)]
    command += ["--output-filename", "lab", "--ignore-exit-code-3", "--no-banner", "--no-color"]
    said = _said(command, environment)
    if not path.exists():
        raise SystemExit(f"expected Prowler to leave {path}; it said:\n{said}")
    return list(_findings(json.loads(path.read_text("utf-8"))))


def _findings(read: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for one in read:
        verdict = _VERDICTS.get(str(one["status_code"]))
        if verdict is None:
            continue  # MANUAL: it asks a person
        for resource in one["resources"]:
            yield Finding(
                check=str(one["metadata"]["event_code"]),
                resource=str(resource["uid"]).removesuffix(_ANY_STREAM),
                region=str(resource["region"]),
                verdict=verdict,
            )


def _said(command: Sequence[str], environment: Mapping[str, str] | None) -> str:
    ran = subprocess.run(  # noqa: S603 - the program is named by whoever runs this
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout
