"""Route 53's operations on health checks; zones and records are moto's.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.services.health_checkers import CHECKERS, RANGES
from autopilot_lab.emulator.services.health_checks import HealthCheck, HealthChecks

ITEMS_MAX = 100
INTERVALS_SECONDS = (10, 30)
WITHOUT_ENDPOINT = ("CALCULATED", "RECOVERY_CONTROL")


class HealthChecksApi:
    """One method per operation: parameters and region (Route 53 has none) in, result out."""

    def __init__(self, checks: HealthChecks) -> None:
        self._checks = checks
        self._references: dict[str, HealthCheck] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "CreateHealthCheck": self.create,
            "GetHealthCheck": self.get,
            "ListHealthChecks": self.list,
            "GetHealthCheckCount": self.count,
            "UpdateHealthCheck": self.update,
            "DeleteHealthCheck": self.delete,
            "GetHealthCheckStatus": self.status,
            "GetHealthCheckLastFailureReason": self.last_failure,
            "GetCheckerIpRanges": self.checker_ranges,
        }

    def checker_ranges(self, _params: dict[str, Any], _region: str) -> dict[str, Any]:
        """The ranges that the checkers ask from."""
        return {"CheckerIpRanges": sorted(RANGES)}

    def create(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """Create a health check; a repeated CallerReference gives the same one again."""
        reference, config = str(params["CallerReference"]), dict(params["HealthCheckConfig"])
        known = self._references.get(reference)
        if known is not None:
            if known.is_deleted or known.config != config:
                message = f"A health check with the caller reference {reference} already exists."
                raise AwsError("HealthCheckAlreadyExists", message, 409)
            return _created(known)
        check = self.make(config, reference)
        return _created(check)

    def make(self, config: dict[str, Any], reference: str) -> HealthCheck:
        """Make a health check of settings that Route 53 would accept. Raises InvalidInput."""
        self._require_sound(config)
        check = HealthCheck(str(uuid.uuid4()), reference, config)
        self._references[reference] = check
        self._checks.add(check)
        return check

    def get(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """A health check's settings."""
        return {"HealthCheck": _described(self._find(params))}

    def list(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """Every health check, a page at a time."""
        found = self._checks.all()
        marker, size = params.get("Marker"), int(params.get("MaxItems") or ITEMS_MAX)
        ids = [check.id for check in found]
        start = ids.index(marker) if marker in ids else 0
        page, rest = found[start : start + size], found[start + size :]
        return {
            "HealthChecks": [_described(check) for check in page],
            "Marker": marker or "",
            "IsTruncated": bool(rest),
            "MaxItems": str(size),
        } | ({"NextMarker": rest[0].id} if rest else {})

    def count(self, _params: dict[str, Any], _region: str) -> dict[str, Any]:
        """How many health checks there are."""
        return {"HealthCheckCount": len(self._checks.all())}

    def update(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """Change settings; with a HealthCheckVersion only if it is still the one."""
        check = self._find(params)
        version = params.get("HealthCheckVersion")
        if version is not None and int(version) != check.version:
            message = f"expected version {version}, the health check has version {check.version}"
            raise AwsError("HealthCheckVersionMismatch", message, 409)
        aside = {"HealthCheckId", "HealthCheckVersion", "ResetElements"}
        changed = check.config | {key: one for key, one in params.items() if key not in aside}
        for name in params.get("ResetElements", ()):
            changed.pop(name, None)
        self._require_sound(changed)
        check.config, check.version = changed, check.version + 1
        self._checks.look()
        return {"HealthCheck": _described(check)}

    def delete(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """Delete a health check, whether or not a record refers to it."""
        self._checks.remove(self._find(params))
        self._checks.look()
        return {}

    def status(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """What each checker reported last; it is not turned round by Inverted."""
        check = self._endpoint_check(params)
        return {"HealthCheckObservations": _observations(check, failures=False)}

    def last_failure(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """What each checker that sees a failure reports."""
        check = self._endpoint_check(params)
        return {"HealthCheckObservations": _observations(check, failures=True)}

    def _find(self, params: Mapping[str, Any]) -> HealthCheck:
        check = self._checks.find(str(params["HealthCheckId"]))
        if check is None:
            message = f"No health check exists with the specified ID {params['HealthCheckId']}."
            raise AwsError("NoSuchHealthCheck", message, 404)
        return check

    def _endpoint_check(self, params: Mapping[str, Any]) -> HealthCheck:
        check = self._find(params)
        if check.kind in WITHOUT_ENDPOINT:
            message = f"A health check of type {check.kind} has no health checkers."
            raise AwsError("InvalidInput", message)
        return check

    def _require_sound(self, config: Mapping[str, Any]) -> None:
        """Raise InvalidInput where settings do not fit each other."""
        kind = str(config["Type"])
        if kind == "CLOUDWATCH_METRIC":
            raise AwsError("InvalidInput", "the lab does not have checks of type CLOUDWATCH_METRIC")
        if kind == "CALCULATED":
            self._require_children(config)
        elif kind == "RECOVERY_CONTROL":
            _require("RoutingControlArn" in config, "RECOVERY_CONTROL needs a RoutingControlArn")
        else:
            _require_endpoint(config)

    def _require_children(self, config: Mapping[str, Any]) -> None:
        _require("HealthThreshold" in config, "CALCULATED needs a HealthThreshold")
        children = config.get("ChildHealthChecks", ())
        _require(children, "CALCULATED needs ChildHealthChecks")
        for child in children:
            _require(self._checks.find(child) is not None, f"there is no health check {child}")


def _require_endpoint(config: Mapping[str, Any]) -> None:
    kind = str(config["Type"])
    named = config.get("FullyQualifiedDomainName") or config.get("IPAddress")
    _require(named, f"{kind} needs a FullyQualifiedDomainName or an IPAddress")
    interval = config.get("RequestInterval", INTERVALS_SECONDS[0])
    _require(interval in INTERVALS_SECONDS, f"RequestInterval must be 10 or 30, got {interval}")
    unknown = sorted({*config.get("Regions", ())} - {*CHECKERS})
    _require(not unknown, f"no health checkers in {', '.join(unknown)}")
    searches = kind.endswith("STR_MATCH")
    _require(bool(config.get("SearchString")) is searches, "SearchString and Type do not fit")


def _require(holds: object, message: str) -> None:
    if not holds:
        raise AwsError("InvalidInput", message)


def _created(check: HealthCheck) -> dict[str, Any]:
    location = f"https://route53.amazonaws.com/2013-04-01/healthcheck/{check.id}"
    return {"HealthCheck": _described(check), "Location": location}


def _described(check: HealthCheck) -> dict[str, Any]:
    defaults: dict[str, Any] = {"Inverted": False, "Disabled": False}
    if check.kind not in WITHOUT_ENDPOINT:
        port = 443 if check.kind.startswith("HTTPS") else 80
        defaults |= {"Port": port, "RequestInterval": 30, "FailureThreshold": 3}
    return {
        "Id": check.id,
        "CallerReference": check.reference,
        "HealthCheckConfig": defaults | check.config,
        "HealthCheckVersion": check.version,
    }


def _observations(check: HealthCheck, *, failures: bool) -> list[dict[str, Any]]:
    return [
        {
            "Region": one.region,
            "IPAddress": one.address,
            "StatusReport": {
                "Status": one.report,
                "CheckedTime": datetime.fromtimestamp(one.checked_at, UTC),
            },
        }
        for one in check.checkers
        if one.report and (not failures or one.report.startswith("Failure"))
    ]
