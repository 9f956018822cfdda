"""Builds what requests of persons need: vault, keys, trails, receipts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

from autopilot.adapters.dynamodb_vault import DynamoDbVault
from autopilot.adapters.kms_keys import KmsKeyWrapper
from autopilot.adapters.kms_signer import KmsSigner
from autopilot.adapters.s3_disclosures import S3Disclosures
from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.archive_wiring import ArchiveWiring
from autopilot.audit.vault import SubjectVault
from autopilot.gate.gate import Gate
from autopilot.ports import Clock
from autopilot.ports.trail import TrailStore


class Place(Protocol):
    """What a function's environment says of these."""

    @property
    def region(self) -> str:
        """The region this function runs in."""
        ...

    @property
    def service(self) -> str:
        """The name of the managed service."""
        ...

    @property
    def ledger_regions(self) -> tuple[str, ...]:
        """Home and standby."""
        ...

    @property
    def trail_bucket(self) -> str:
        """This region's."""
        ...

    @property
    def vault_table(self) -> str:
        """The same in both regions."""
        ...

    @property
    def subject_keys(self) -> tuple[str, ...]:
        """Ids in KMS: what wraps, what names, what signs receipts."""
        ...

    @property
    def export_bucket(self) -> str:
        """This region's; empty where nothing is handed out."""
        ...


class Custody:
    """`Persons` of one function, each port built on demand and kept."""

    def __init__(
        self, place: Place, gate: Gate, clock: Clock, client: Callable[[str, str], Any]
    ) -> None:
        """Build by `client`, which makes one of a service in a region."""
        self._place = place
        self._gate = gate
        self._clock = clock
        self._client = client

    @cached_property
    def vault(self) -> DynamoDbVault:
        """The vault's table: this region's replica first, then the other."""
        place = self._place
        regions = sorted(place.ledger_regions, key=lambda region: region != place.region)
        return DynamoDbVault(
            table=place.vault_table,
            service=place.service,
            clients=[self._client("dynamodb", region) for region in regions],
        )

    @cached_property
    def opener(self) -> SubjectVault:
        """Opens what was sealed about a person, and keeps no key for longer than it takes."""
        wrapper = KmsKeyWrapper(
            client=self._client("kms", self._place.region),
            key_id=self._place.subject_keys[0],
            service=self._place.service,
        )
        return SubjectVault(
            vault=self.vault, wrapper=wrapper, register=self._gate.erasures, clock=self._clock
        )

    @property
    def trails(self) -> Mapping[str, TrailStore]:
        """The log of each region that acts, with what of it lies in the archive."""
        place = self._place
        stem = place.trail_bucket.removesuffix(place.region)
        return {
            each: ArchiveWiring(
                region=each,
                regions=place.ledger_regions,
                trail_bucket=f"{stem}{each}",
                client=self._client,
            ).whole_log()
            for each in place.ledger_regions
        }

    @cached_property
    def inbox(self) -> S3TrailStore:
        """Where entries wait to be sealed into this region's log."""
        client = self._client("s3", self._place.region)
        return S3TrailStore(bucket=self._place.trail_bucket, prefix="", client=client)

    @cached_property
    def disclosures(self) -> S3Disclosures:
        """The export bucket of this region."""
        client = self._client("s3", self._place.region)
        return S3Disclosures(client=client, bucket=self._place.export_bucket)

    @cached_property
    def receipt_signer(self) -> KmsSigner:
        """The key that signs receipts, the same in both regions."""
        client = self._client("kms", self._place.region)
        return KmsSigner(client=client, key_id=self._place.subject_keys[2])
