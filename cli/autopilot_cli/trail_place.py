"""Where a trail lies: a bucket with its archive, or copies of them in folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopilot.errors import BadInput, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autopilot.ports.trail import TrailStore


def open_trail(
    bucket: str | None,
    region: str | None,
    folder: Path | None,
    archives: Sequence[str],
    *,
    connections: int,
    regions: Sequence[str] = (),
) -> TrailStore:
    """The log with what was moved into its archive; a folder never loads the AWS SDK.

    The archive's copies are `archives`, or those of the bucket's region and of `regions`.
    """
    require_one(bucket, folder)
    if folder is not None:
        return _in_folders(folder, list(map(Path, archives)))
    return _in_buckets(str(bucket), region, archives, regions, connections)


def require_one(bucket: str | None, folder: Path | None) -> None:
    """Refuse a trail in two places, or in none."""
    if (bucket is None) == (folder is None):
        got = "both" if bucket else "neither"
        raise refused("--bucket, --folder", "one of them", got, "Name where the trail lies.")


def ends(given: Iterable[str]) -> Mapping[str, int]:
    """By class, before when it was let go; of texts such as operations=2026-01-31."""
    from autopilot.domain.instants import start_ms  # noqa: PLC0415
    from autopilot.domain.retention import RetentionClass  # noqa: PLC0415

    found = {}
    for text in given:
        kept, _, day = text.partition("=")
        try:
            found[RetentionClass(kept).value] = start_ms(day)
        except ValueError:
            listed = ", ".join(RetentionClass)
            advice = f"Classes are {listed}."
            raise refused("--ended", "a class and a day", text, advice) from None
    return found


def refused(key: str, expected: str, got: str, advice: str) -> BadInput:
    """The refusal of an option."""
    return BadInput("the command", [Problem(key, expected, got)], advice)


def _in_folders(folder: Path, archives: Sequence[Path]) -> TrailStore:
    from autopilot.adapters.folder_trail import FolderTrail  # noqa: PLC0415 - as said above
    from autopilot.audit.tiered import TieredTrail  # noqa: PLC0415

    for option, each in (("--folder", folder), *(("--archive", each) for each in archives)):
        if not each.is_dir():
            raise refused(option, "a folder", str(each), "Copy what the bucket holds there.")
    return TieredTrail(FolderTrail(folder), {str(each): FolderTrail(each) for each in archives})


def _in_buckets(
    bucket: str,
    region: str | None,
    archives: Sequence[str],
    regions: Sequence[str],
    connections: int,
) -> TrailStore:
    from autopilot.adapters.s3_trail_store import S3TrailStore  # noqa: PLC0415 - as said above
    from autopilot.audit.tiered import TieredTrail  # noqa: PLC0415
    from autopilot.domain.trail_head import LOG_PREFIX, archive_bucket  # noqa: PLC0415
    from autopilot_cli.trail_client import trail_client  # noqa: PLC0415

    client = trail_client(region, connections=connections)
    log = S3TrailStore(bucket=bucket, prefix=LOG_PREFIX, client=client)
    named = {name: (name, region) for name in archives}
    if not archives and region is not None and "-trail-" in bucket:
        where = dict.fromkeys([region, *regions])
        named = {each: (archive_bucket(bucket, region, each), each) for each in where}
    copies = {
        name: S3TrailStore(
            bucket=lies_in,
            prefix=f"{region}/",
            client=client if at == region else trail_client(at, connections=connections),
        )
        for name, (lies_in, at) in named.items()
    }
    return TieredTrail(log, copies) if copies else log
