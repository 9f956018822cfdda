"""Service Quotas: applied and default values per region, and requests for more.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.services.quota_catalogue import QUOTAS, SERVICE_NAMES, Quota

RESULTS_MAX = 100
OPEN = ("PENDING", "CASE_OPENED")


@dataclass(eq=False)
class Increase:
    """A request for a higher value. AWS decides it in days, the lab when it is told to."""

    id: str
    region: str
    quota: Quota
    desired: float
    created_at: float
    status: str = "PENDING"


class Quotas:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._quotas = {(one.service, one.code): one for one in QUOTAS}
        self._applied: dict[tuple[str, str], float] = {}
        self._increases: dict[str, Increase] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "ListServices": self.list_services,
            "GetServiceQuota": self.get,
            "GetAWSDefaultServiceQuota": self.get_default,
            "ListServiceQuotas": self.list,
            "ListAWSDefaultServiceQuotas": self.list_defaults,
            "RequestServiceQuotaIncrease": self.request_increase,
            "GetRequestedServiceQuotaChange": self.get_increase,
            "ListRequestedServiceQuotaChangeHistory": self.list_increases,
            "ListRequestedServiceQuotaChangeHistoryByQuota": self.list_increases,
        }

    # -- the lab's side --------------------------------------------------------------------------

    def apply(self, region: str, code: str, value: float) -> None:
        """Let a quota have a value in a region."""
        if code not in [one.code for one in self._quotas.values()]:
            raise KeyError(f"the lab knows no quota {code}")
        self._applied[region, code] = value

    def decide(self, request_id: str, *, approved: bool) -> None:
        """Answer a request for more: the value applies at once if it is approved."""
        increase = self._increases[request_id]
        increase.status = "APPROVED" if approved else "CASE_CLOSED"
        if approved:
            self.apply(increase.region, increase.quota.code, increase.desired)

    def value(self, region: str, code: str) -> float:
        """The value that applies in a region."""
        default = next(one.default for one in self._quotas.values() if one.code == code)
        return self._applied.get((region, code), default)

    # -- reading ---------------------------------------------------------------------------------

    def list_services(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """The services whose quotas the lab knows."""
        found = [
            {"ServiceCode": code, "ServiceName": name}
            for code, name in sorted(SERVICE_NAMES.items())
        ]
        return _page("Services", found, params)

    def get(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The applied value of one quota."""
        return {"Quota": self._described(self._find(params), region, default=False)}

    def get_default(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The default value of one quota."""
        return {"Quota": self._described(self._find(params), region, default=True)}

    def list(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The applied values of a service's quotas."""
        return self._listed(params, region, default=False)

    def list_defaults(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The default values of a service's quotas."""
        return self._listed(params, region, default=True)

    # -- asking for more -------------------------------------------------------------------------

    def request_increase(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Ask for a higher value: it stays pending, and nothing changes meanwhile."""
        quota, desired = self._find(params), float(params["DesiredValue"])
        current = self.value(region, quota.code)
        if desired <= current:
            message = f"The desired value {desired} is not greater than the current {current}."
            raise AwsError("IllegalArgumentException", message)
        for one in self._increases.values():
            if (one.region, one.quota, one.status in OPEN) == (region, quota, True):
                message = f"Only one open service quota increase request is allowed: {one.id}"
                raise AwsError("ResourceAlreadyExistsException", message)
        increase = Increase(uuid.uuid4().hex, region, quota, desired, self._now())
        self._increases[increase.id] = increase
        return {"RequestedQuota": _increase(increase)}

    def get_increase(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """One request for more."""
        found = self._increases.get(str(params["RequestId"]))
        if found is None or found.region != region:
            raise _missing(f"request {params['RequestId']}")
        return {"RequestedQuota": _increase(found)}

    def list_increases(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The requests for more, of all, of a service or of a quota."""
        found = [
            _increase(one)
            for one in self._increases.values()
            if one.region == region
            and params.get("ServiceCode") in (None, one.quota.service)
            and params.get("QuotaCode") in (None, one.quota.code)
            and params.get("Status") in (None, one.status)
        ]
        return _page("RequestedQuotas", found, params)

    # -- as the API shows them -------------------------------------------------------------------

    def _find(self, params: Mapping[str, Any]) -> Quota:
        _require_service(params)
        quota = self._quotas.get((params["ServiceCode"], params["QuotaCode"]))
        if quota is None:
            raise _missing(f"quota {params['QuotaCode']}")
        return quota

    def _listed(self, params: Mapping[str, Any], region: str, *, default: bool) -> dict[str, Any]:
        _require_service(params)
        found = [
            self._described(one, region, default=default)
            for one in self._quotas.values()
            if one.service == params["ServiceCode"] and params.get("QuotaCode") in (None, one.code)
        ]
        return _page("Quotas", found, params)

    def _described(self, quota: Quota, region: str, *, default: bool) -> dict[str, Any]:
        owner = "" if default else ACCOUNT
        return {
            "ServiceCode": quota.service,
            "ServiceName": SERVICE_NAMES[quota.service],
            "QuotaArn": f"arn:aws:servicequotas:{region}:{owner}:{quota.service}/{quota.code}",
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "Value": quota.default if default else self.value(region, quota.code),
            "Unit": "None",
            "Adjustable": quota.is_adjustable,
            "GlobalQuota": False,
        }


def _increase(one: Increase) -> dict[str, Any]:
    instant = datetime.fromtimestamp(one.created_at, UTC)
    arn = f"arn:aws:servicequotas:{one.region}:{ACCOUNT}:{one.quota.service}/{one.quota.code}"
    return {
        "Id": one.id,
        "ServiceCode": one.quota.service,
        "ServiceName": SERVICE_NAMES[one.quota.service],
        "QuotaCode": one.quota.code,
        "QuotaName": one.quota.name,
        "DesiredValue": one.desired,
        "Status": one.status,
        "Created": instant,
        "LastUpdated": instant,
        "QuotaArn": arn,
        "GlobalQuota": False,
        "Unit": "None",
    }


def _require_service(params: Mapping[str, Any]) -> None:
    if params["ServiceCode"] not in SERVICE_NAMES:
        raise _missing(f"service {params['ServiceCode']}")


def _missing(what: str) -> AwsError:
    return AwsError("NoSuchResourceException", f"The request failed because there is no {what}.")


def _page(name: str, found: Sequence[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    size = int(params.get("MaxResults") or RESULTS_MAX)
    chosen, token = page(found, params.get("NextToken"), size)
    return {name: chosen} | ({"NextToken": token} if token else {})
