"""The health checkers of Route 53: where they are, and how one of them forms its opinion.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html:
an endpoint must accept a connection within four seconds and answer 2xx or 3xx within two more; a
string must stand in the first 5,120 bytes; an opinion changes after `FailureThreshold` results in
a row; certificates are not looked at. AWS runs several checkers in each of these regions, here it
is one, which is an assumption of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.services.endpoints import Answer, Probe

#: Region of a checker → an address in its published range (service ROUTE53_HEALTHCHECKS in
#: https://ip-ranges.amazonaws.com/ip-ranges.json).
CHECKERS: Mapping[str, str] = {
    "ap-northeast-1": "54.248.220.10",
    "ap-southeast-1": "54.251.31.140",
    "ap-southeast-2": "54.252.79.140",
    "eu-west-1": "54.228.16.10",
    "sa-east-1": "54.232.40.70",
    "us-east-1": "54.243.31.200",
    "us-west-1": "54.183.255.140",
    "us-west-2": "54.244.52.200",
}

#: All ranges of that service in the same file; the lab runs one checker for each of eight regions.
RANGES = (
    *("15.177.0.0/18", "54.183.255.128/26", "54.228.16.0/26", "54.232.40.64/26"),
    *("54.241.32.64/26", "54.243.31.192/26", "54.244.52.192/26", "54.245.168.0/26"),
    *("54.248.220.0/26", "54.250.253.192/26", "54.251.31.128/26", "54.252.79.128/26"),
    *("54.252.254.192/26", "54.255.254.192/26", "107.23.255.0/26", "176.34.159.192/26"),
    "177.71.207.128/26",
)

FAILURE_THRESHOLD = 3
REQUEST_INTERVAL_SECONDS = 30
SEARCHED_BYTES = 5_120
ANSWER_SECONDS_MAX = 2.0
SUCCESSES = range(200, 400)
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Checker:
    """One checker and what it thinks: None until it has seen enough."""

    region: str
    address: str
    opinion: bool | None = None
    report: str = ""
    checked_at: float = 0.0
    _streak: int = 0
    _last: bool | None = None

    def look(self, config: Mapping[str, Any], answer: Answer | None, now: float) -> bool:
        """Take in the answer to a probe; return whether the opinion has changed."""
        passed, self.report = judge(config, answer)
        self.checked_at = now
        self._streak = self._streak + 1 if passed is self._last else 1
        self._last = passed
        enough = self._streak >= int(config.get("FailureThreshold") or FAILURE_THRESHOLD)
        if not enough or self.opinion is passed:
            return False
        self.opinion = passed
        return True


def probe_of(config: Mapping[str, Any], source: str) -> Probe:
    """The request that a health check makes its checkers send."""
    kind = str(config["Type"])
    scheme = "https" if kind.startswith("HTTPS") else "http" if kind.startswith("HTTP") else "tcp"
    host = config.get("FullyQualifiedDomainName") or config.get("IPAddress")
    path = str(config.get("ResourcePath") or "/")
    return Probe(
        scheme,
        str(host),
        int(config.get("Port") or _PORTS.get(scheme, 0)),
        path if path.startswith("/") else f"/{path}",
        source,
    )


def judge(config: Mapping[str, Any], answer: Answer | None) -> tuple[bool, str]:
    """Whether an answer passes, and the report in Route 53's words."""
    kind = str(config["Type"])
    if answer is None:
        return (
            False,
            "Failure: Connection timed out. The endpoint or the internet connection is down.",
        )
    if kind == "TCP":
        return True, "Success: TCP connection established"
    if answer.seconds > ANSWER_SECONDS_MAX:
        return False, "Failure: The HTTP endpoint took too long to respond"
    if answer.status not in SUCCESSES:
        return False, f"Failure: HTTP Status Code {answer.status}"
    wanted = str(config.get("SearchString") or "").encode()
    if kind.endswith("STR_MATCH") and wanted not in answer.body[:SEARCHED_BYTES]:
        return False, "Failure: The search string was not found in the response body"
    return True, f"Success: HTTP Status Code {answer.status}"
