"""What the template tells a function about its place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Environment:
    """What the template tells a function about its place. Read once, at the first event."""

    function: str
    region: str
    service: str
    ledger_table: str
    ledger_regions: tuple[str, ...]
    profile_path: str
    page_topic_arns: tuple[str, ...]
    trail_bucket: str
    runbook_arn_prefix: str
    failure_queue_urls: tuple[str, ...] = ()  #: only the function that counts them has any
    vault_table: str = ""  #: these three only functions that serve requests of persons have
    subject_keys: tuple[str, ...] = ()  #: ids in KMS: what wraps, what names, what signs receipts
    export_bucket: str = ""
    trail_key: str = ""  #: ARN in KMS; only functions that seal or verify know it
    flag_bucket: str = ""  #: of the flags of each region, with `{region}` for its name

    @classmethod
    def read(cls) -> Self:
        """From the process environment; a name that is missing is a `KeyError` that says which."""
        return cls(
            function=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            region=os.environ["AWS_REGION"],
            service=os.environ["SERVICE"],
            ledger_table=os.environ["LEDGER_TABLE"],
            ledger_regions=tuple(os.environ["LEDGER_REGIONS"].split(",")),
            profile_path=os.environ["PROFILE_PATH"],
            page_topic_arns=tuple(os.environ["PAGE_TOPIC_ARNS"].split(",")),
            trail_bucket=os.environ["TRAIL_BUCKET"],
            runbook_arn_prefix=os.environ["RUNBOOK_ARN_PREFIX"],
            failure_queue_urls=tuple(os.environ.get("FAILURE_QUEUE_URLS", "").split()),
            vault_table=os.environ.get("VAULT_TABLE", ""),
            subject_keys=tuple(os.environ.get("SUBJECT_KEYS", "").split(",")),
            export_bucket=os.environ.get("EXPORT_BUCKET", ""),
            trail_key=os.environ.get("TRAIL_KEY", ""),
            flag_bucket=os.environ.get("FLAG_BUCKET", ""),
        )
