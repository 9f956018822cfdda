"""The end of an erasure: the keys stay gone, the trail says so, a signed receipt proves it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.inbox import Inbox
from autopilot.domain.erasure import IdentityCheck, Receipt
from autopilot.domain.permit import KeyErasure
from autopilot.domain.retention import RetentionClass
from autopilot.errors import Inconsistent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.gate.erasures import Erased
    from autopilot.procedures.dependencies import Dependencies

ALGORITHM: Final = "Ed25519"  #: RFC 8032, over the receipt's bytes as they are


def conclude(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Conclude an erasure; again, it answers with the receipt that there is."""
    planned, run = message["erasure"], str(message["run"])
    kept = _kept(planned["request"], dependencies)
    if kept is None:
        erased = dependencies.gate.erasures.conclude(
            dependencies.persons.vault, KeyErasure(planned["reference"], run), planned["request"]
        )
        receipt = _receipt(planned, erased, dependencies.service)
        Inbox(dependencies.persons.inbox, dependencies.clock).keep([_tombstone(receipt)])
        kept = _sign(receipt, dependencies)
    return {"outcome": "done", "receipt": kept}


def _receipt(planned: Mapping[str, Any], erased: Erased, service: str) -> Receipt:
    identity = planned["identity"]
    return Receipt(
        service=service,
        request=planned["request"],
        reference=planned["reference"],
        identity=IdentityCheck(identity["method"], identity["by"], int(identity["at_ms"])),
        received_ms=int(planned["received_ms"]),
        due_ms=int(planned["due_ms"]),
        begun_ms=erased.standing.begun_ms,
        done_ms=erased.standing.done_ms,
        held=erased.held,
        exported=bool(planned["exported"]),
        run=erased.standing.run,
    )


def _tombstone(receipt: Receipt) -> Entry:
    """What the trail keeps: that a request was carried out, and nothing about whose it was.

    Neither pseudonym nor reference: together with an id known elsewhere they would tell. The same
    request makes the same entry, so the log holds it once.
    """
    return Entry(
        event=f"erasure/{receipt.request}",
        time_ms=receipt.begun_ms,
        actor="subject_erasure",
        action="erase",
        target="vault",
        purpose="erasure on request, GDPR Art. 17",
        legal_basis=LegalBasis.NOT_PERSONAL,
        outcome="erased" if receipt.held else "nothing-held",
        retention=RetentionClass.LEGAL,
        detail={"request": receipt.request},
        run=receipt.run,
    )


def _sign(receipt: Receipt, dependencies: Dependencies) -> dict[str, str]:
    """Sign the receipt and keep it, unless another run has; answer with the one that is kept."""
    body, signer = receipt.body(), dependencies.persons.receipt_signer
    signed = {
        "reference": receipt.reference,
        "body": body.decode(),
        "algorithm": ALGORITHM,
        "signature": base64.b64encode(signer.sign(body)).decode(),
        "public_key": base64.b64encode(signer.public_key()).decode(),
    }
    dependencies.gate.record(f"receipt/{receipt.request}", signed)
    kept = _kept(receipt.request, dependencies)
    if kept is None:
        message = f"the receipt of {receipt.request} was written and is not there"
        raise Inconsistent(message)
    return kept


def _kept(request: str, dependencies: Dependencies) -> dict[str, str] | None:
    """The receipt of a request, if there is one."""
    kept = dependencies.gate.find_record(f"receipt/{request}")
    if kept is None:
        return None
    return {each: str(kept[each]) for each in ("body", "algorithm", "signature", "public_key")}
