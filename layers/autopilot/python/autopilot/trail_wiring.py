"""What the functions of the trail are built of; `wiring` asks for it when one of them is called."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.inbox import Inbox
from autopilot.domain.trail_head import origin_of

if TYPE_CHECKING:
    from autopilot.adapters.cloudwatch_trail import CloudWatchTrail
    from autopilot.adapters.kms_signer import KmsSigner
    from autopilot.archive_wiring import ArchiveWiring
    from autopilot.audit.seal import Sealer
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, Pager, Trail

#: As many as a client of botocore has connections.
VERIFYING_THREADS: Final = 10


@dataclass(frozen=True, kw_only=True)
class TrailWiring:
    """The trail of one region, as one function may use it."""

    service: str
    region: str
    function: str
    key_id: str  #: in KMS; empty where nothing is sealed or verified
    client: Callable[[str], Any]  #: of a service of AWS, in this region
    archives: ArchiveWiring
    gate: Gate
    clock: Clock

    @property
    def journal(self) -> Trail:
        """Where the journal is exported to."""
        from autopilot.audit.journal import JournalTrail  # noqa: PLC0415 - only where it is needed

        return JournalTrail(self._inbox, self.service)

    def ingest(self, delivery: Any) -> Mapping[str, Any]:
        """Take events of the service from the queue into the inbox."""
        from autopilot.procedures.ingest_trail import ingest  # noqa: PLC0415 - as above

        return ingest(delivery, self._inbox, self._metrics)

    def seal(self) -> Mapping[str, Any]:
        """Seal what waits."""
        from autopilot.procedures.seal_trail import seal  # noqa: PLC0415 - as above

        return seal(self._inbox, self._sealer)

    def verify(self, request: Any, pager: Callable[[], Pager]) -> Mapping[str, Any]:
        """Verify the trail; page, record and count damage."""
        from autopilot.audit.note import VerifierKey  # noqa: PLC0415 - as above
        from autopilot.procedures.verify_trail import Verifier  # noqa: PLC0415

        return Verifier(
            service=self.service,
            region=self.region,
            store=self.archives.whole_log(),
            key=VerifierKey(origin_of(self.service, self.region), self._signer.public_key()),
            gate=self.gate,
            pager=pager(),
            metrics=self._metrics,
            clock=self.clock,
            threads=1 if _alone else VERIFYING_THREADS,
        ).verify(request)

    @cached_property
    def _inbox(self) -> Inbox:
        return Inbox(self.archives.inbox, self.clock)

    @cached_property
    def _signer(self) -> KmsSigner:
        from autopilot.adapters.kms_signer import KmsSigner  # noqa: PLC0415 - as above

        return KmsSigner(key_id=self.key_id, client=self.client("kms"))

    @cached_property
    def _metrics(self) -> CloudWatchTrail:
        from autopilot.adapters.cloudwatch_trail import CloudWatchTrail  # noqa: PLC0415 - as above

        return CloudWatchTrail(client=self.client("cloudwatch"), service=self.service)

    def _sealer(self) -> Sealer:
        """A sealer whose lease is this pass's own."""
        from autopilot.audit.seal import Sealer  # noqa: PLC0415 - as above

        return Sealer(
            store=self.archives.log,
            archived=self.archives.whole_log(),
            was_let_go=self.gate.endings.let_go_of(self.region),
            inbox=self._inbox,
            anchor=self.gate.anchor(self.region),
            signer=self._signer,
            clock=self.clock,
            origin=origin_of(self.service, self.region),
            holder=f"{self.function}/{uuid.uuid4().hex[:12]}",
        )


#: Set where threads of this process's own would leave the world it runs in: in the lab.
_alone: list[bool] = []


@contextmanager
def one_thread() -> Iterator[None]:
    """Start no threads until the exit."""
    _alone.append(True)
    try:
        yield
    finally:
        _alone.pop()
