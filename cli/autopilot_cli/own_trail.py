"""The trail of the service that a profile describes, in the account of these credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.adapters import clients
from autopilot.adapters.answers import translated
from autopilot.adapters.kms_signer import KmsSigner
from autopilot.audit.note import VerifierKey
from autopilot.domain.trail_head import origin_of, trail_bucket

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile


def own_key(profile: Profile, region: str | None) -> VerifierKey:
    """The verifier key of a region's log, as KMS has it now; home's by default."""
    where, service = region or profile.regions.home, profile.service.name
    signer = KmsSigner(key_id=f"alias/{service}-trail", client=clients.client("kms", where))
    return VerifierKey(origin_of(service, where), signer.public_key())


def own_bucket(profile: Profile, region: str | None) -> str:
    """The bucket in which the template keeps a region's log; home's by default."""
    where = region or profile.regions.home
    with translated("STS"):
        identity = clients.client("sts", where, read_only=True).get_caller_identity()
    return trail_bucket(profile.service.name, str(identity["Account"]), where)
