"""Faults on AWS calls: one mechanism, by service, operation, region, caller, instant and count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from autopilot_lab.emulator.calls import Call

ANY = "*"

#: What each service answers when it throttles; every other service says ThrottlingException.
THROTTLE_CODES = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
}


class FaultKind(StrEnum):
    """What goes wrong with a call."""

    ERROR = "error"  #: refused with `code`; nothing is done
    THROTTLE = "throttle"  #: refused with the service's own throttling code; nothing is done
    CONNECT_TIMEOUT = "connect_timeout"  #: no connection within the client's bound; nothing done
    TIMEOUT = "timeout"  #: no answer within the client's bound, and nothing was done
    APPLIED_UNANSWERED = "applied_unanswered"  #: done, but the answer never arrives
    DIES_BEFORE = "dies_before"  #: the caller's process ends before it sends the call
    DIES_AFTER = "dies_after"  #: done, and the caller's process ends before it has the answer
    STALE = "stale"  #: a read that does not ask for consistency sees `stale_seconds` ago
    ISOLATED = "isolated"  #: the region is cut off from the other regions, and answers its callers


#: Kinds that, for every service and everybody, mean that a region cannot be reached.
UNREACHABLE = (FaultKind.CONNECT_TIMEOUT, FaultKind.TIMEOUT)


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong, while it applies.

    `*` matches any service, operation, region or caller (the function name, or "operator").
    Instants are Unix seconds; `skip` calls pass unharmed first; `count` None means no end.
    """

    service: str = ANY
    operation: str = ANY
    region: str = ANY
    kind: FaultKind | str = FaultKind.ERROR
    caller: str = ANY
    code: str = "InternalServerError"
    message: str = "injected by the lab"
    status: int = 500
    since: float = -math.inf
    until: float = math.inf
    skip: int = 0
    count: int | None = None
    stale_seconds: float = 5.0
    when: Callable[[Call], bool] | None = None
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)

    def matches(self, call: Call, now: float) -> bool:
        """Whether the call is one that this fault is about (counts are not looked at)."""
        named = (
            (self.service, call.service),
            (self.operation, call.operation),
            (self.region, call.region),
            (self.caller, call.caller),
        )
        return (
            self.since <= now < self.until
            and all(wanted in (ANY, actual) for wanted, actual in named)
            and (self.when is None or self.when(call))
        )

    def take(self) -> bool:
        """Count one matching call; True when it is one that goes wrong."""
        self.hits += 1
        if self.hits <= self.skip:
            return False
        return self.count is None or self.hits <= self.skip + self.count

    def cuts_off(self, region: str, now: float) -> bool:
        """Whether it keeps a region's replicas from those of other regions now."""
        everything = (self.service, self.operation, self.caller) == (ANY, ANY, ANY)
        unreachable = self.kind in UNREACHABLE and everything and self.count is None
        if self.when is not None or not (unreachable or self.kind is FaultKind.ISOLATED):
            return False
        return self.region in (ANY, region) and self.since <= now < self.until

    def answer(self, service: str) -> tuple[str, int]:
        """Error code and HTTP status of a refusal."""
        if self.kind is FaultKind.THROTTLE:
            return THROTTLE_CODES.get(service, ("ThrottlingException", 400))
        return self.code, self.status


class Faults:
    """The faults in force, in the order they were added: the first that applies is used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; the return value is for `remove`."""
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault out of force. Removing it twice does nothing."""
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        """Take every fault out of force."""
        self._faults.clear()

    def any_of(self, kind: FaultKind) -> bool:
        """Whether a fault of this kind is in force, at whatever instant it applies."""
        return any(fault.kind is kind for fault in self._faults)

    def lasting(self, call: Call, now: float) -> bool:
        """Whether a fault that has no count hits such calls now. It is not counted."""
        return any(fault.count is None and fault.matches(call, now) for fault in self._striking())

    def isolating(self, region: str, now: float) -> Fault | None:
        """The fault that cuts a region off from the others now, the one that lasts longest."""
        found = [fault for fault in self._faults if fault.cuts_off(region, now)]
        return max(found, key=lambda fault: fault.until, default=None)

    def strike(self, call: Call, now: float) -> Fault | None:
        """The fault that hits this call, counted, or None."""
        for fault in self._striking():
            if fault.matches(call, now) and fault.take():
                return fault
        return None

    def _striking(self) -> Iterator[Fault]:
        """The faults that go wrong with calls, not between regions."""
        return (fault for fault in self._faults if fault.kind is not FaultKind.ISOLATED)
