"""`python -m bench.prowler`: carry out both scanners over one lab, and compare.

Exit code 0: they agree, or differences.toml says why not. 1: a difference is unexplained, or an
explanation has nothing to explain any more.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from autopilot.compliance.check import CONTROLS
from autopilot_cli.compliance import of_account
from autopilot_cli.connection import PROFILE_PATH, load_profile
from bench.prowler.agreement import Agreement, Explanation, agreement
from bench.prowler.page import faults, page, written
from bench.prowler.scan import gdpr_checks, scan
from bench.prowler.served import answers, served_lab

DIFFERENCES: Final = Path(__file__).with_name("differences.toml")


def explanations(text: str) -> list[Explanation]:
    """Those that a file lists; each says everything."""
    return [Explanation(**one) for one in tomllib.loads(text)["difference"]]


def compared(prowler: str) -> tuple[Agreement, Sequence[str]]:
    """The comparison, and the checks that found nothing to look at."""
    regions = load_profile(PROFILE_PATH).regions
    named = {check for control in CONTROLS for check in control.prowler}
    checks = sorted({*gdpr_checks(prowler), *named})
    with served_lab(regions.home) as environment:
        os.environ.update(environment)
        evidence, _ = of_account(PROFILE_PATH, None)
        places = (regions.home, regions.standby, regions.observer)
        findings = scan(prowler, environment, checks, places)
    reasons = explanations(DIFFERENCES.read_text("utf-8"))
    found = agreement(findings, answers(evidence), reasons)
    told = {row.check for row in found.rows}
    return found, [one for one in checks if one not in told]


def main() -> None:
    """Compare, print, and write into a document if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prowler", default="build/prowler/bin/prowler")
    parser.add_argument("--document", type=Path, help="write the table between its marks here")
    given = parser.parse_args()
    sys.stderr.write("both scan one served lab; this takes about two minutes\n")
    found, silent = compared(given.prowler)
    text = page(found, silent)
    sys.stdout.write(text)
    if given.document:
        document = given.document.read_text("utf-8")
        given.document.write_text(written(document, text), "utf-8")
    sys.stderr.writelines(f"{one}\n" for one in faults(found))
    sys.exit(0 if found.holds else 1)


if __name__ == "__main__":
    main()
