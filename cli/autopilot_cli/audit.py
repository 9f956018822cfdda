"""`autopilot audit`: verify the trail, prove an entry, check a proof."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from autopilot_cli.audit_demo import demo
from autopilot_cli.audit_view import progressing, tell
from autopilot_cli.exits import EXIT_HELD, EXIT_NOT_HELD
from autopilot_cli.trail_place import ends, open_trail, refused, require_one

if TYPE_CHECKING:
    from autopilot.audit.note import VerifierKey
    from autopilot.domain.trail_head import TrailHead
    from autopilot.gate.gate import Gate

# What a subcommand needs is imported when it runs: `verify` on a folder never loads the AWS SDK,
# and loading it costs more than verifying a day.

KEY_VARIABLE: Final = "AUTOPILOT_TRAIL_KEY"
_KEY_FROM_KMS: Final = (
    "the key is what KMS says now; to depend on nobody in the account, give --key as it was kept"
)
_THREADS: Final = 24

_KEY_HELP: Final = "The log's verifier key, <origin>+<id>+<base64>, or a file that holds it."
_KEY: Final[Mapping[str, Any]] = {"envvar": KEY_VARIABLE, "metavar": "KEY|FILE"}
key_option = click.option("--key", "key_text", required=True, help=_KEY_HELP, **_KEY)
bucket_option = click.option("--bucket", help="The trail's bucket.")
region_option = click.option("--region", help="The bucket's region.")
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A copy of the bucket's log/ folder, instead of a bucket.",
)
profile_option = click.option(
    "--profile",
    "profile_path",
    type=click.Path(path_type=Path),
    envvar="AUTOPILOT_PROFILE",
    default=Path("layers/profile/profile/profile.toml"),
    help="The profile, which names the service, its ledger and its regions.",
)
archive_option = click.option(
    "--archive",
    "archives",
    multiple=True,
    metavar="BUCKET|FOLDER",
    help="Where what was moved out of the log lies, once for each copy of it; with --folder copies"
    " of the archive's folder of the region.  [default: the archives of the profile's regions where"
    " the ledger is asked, else that of the bucket's region]",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."
)


@click.group()
def audit() -> None:
    """Verify the trail, prove that an entry is in it, check such a proof."""


@audit.command()
@click.option("--bucket", help="The trail's bucket.  [default: the service's own]")
@click.option("--region", help="The bucket's region.  [default: the service's home]")
@folder_option
@archive_option
@click.option(
    "--key",
    "key_text",
    help=f"{_KEY_HELP}  [default: without --folder, as KMS has it now]",
    **_KEY,
)
@click.option(
    "--anchor",
    "anchor_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The head as it was kept outside the bucket: a signed checkpoint, or the ledger's record."
    "  [default: the ledger's, with --bucket]",
)
@profile_option
@click.option("--without-anchor", is_flag=True, help="Go on although a cut tail cannot be seen.")
@click.option("--since", metavar="TIME", help="Segments with entries from this time on (UTC).")
@click.option("--until", metavar="TIME", help="Segments with entries up to this time (UTC).")
@click.option(
    "--ended",
    multiple=True,
    metavar="CLASS=DAY",
    help="What was let go: segments of a class sealed before a day.  [default: the ledger's]",
)
@click.option("--full", is_flag=True, help="Every entry, not only every stored byte.")
@click.option("--threads", type=click.IntRange(1, 256), default=_THREADS, show_default=True)
@click.option(
    "--processes", type=click.IntRange(1, 64), help="With --full.  [default: the processors]"
)
@json_option
def verify(  # noqa: PLR0913 - one parameter for each option
    *,
    bucket: str | None,
    region: str | None,
    folder: Path | None,
    archives: tuple[str, ...],
    key_text: str | None,
    anchor_path: Path | None,
    profile_path: Path,
    without_anchor: bool,
    since: str | None,
    until: str | None,
    ended: tuple[str, ...],
    full: bool,
    threads: int,
    processes: int | None,
    as_json: bool,
) -> None:
    """Verify the trail against its key and its anchor, and name everything that is wrong.

    Of the service that the profile describes only --region need be said.

    Exit code 0: nothing is wrong. 2: the input was refused. 50 to 59: the log is whole, and a copy
    of its archive is not. 60: a copy did not answer. Any other: the worst kind of damage that was
    found, as docs/trail.md lists them.
    """
    from autopilot.audit.verify import Scope, verify  # noqa: PLC0415 - as said above

    if folder is None and not (bucket and key_text):
        bucket, region, key = _own(bucket, region, key_text, profile_path)
    else:
        require_one(bucket, folder)
        key = _key(_given(key_text))
    from_ledger = anchor_path is None and bucket and not without_anchor
    gate, where, regions = _ledger(profile_path, region) if from_ledger else (None, "", ())
    opened = partial(
        open_trail, bucket, region, folder, archives, connections=threads, regions=regions
    )
    store = opened()
    newest = gate.anchor(where).read if gate else None
    anchor = newest() if newest else _anchor(anchor_path, without=without_anchor)
    scope = Scope(
        since_ms=_instant(since, "--since", 0),
        until_ms=_instant(until, "--until", 2**53 - 1),
        full=full,
        ended=ends(ended) if ended or gate is None else gate.endings.horizons(where),
        threads=threads,
        processes=(processes or os.cpu_count() or 1) if full else 1,
    )
    with progressing(scope, shown=not as_json) as progress:
        found = verify(
            store, key, anchor, scope=scope, newest=newest, opened=opened, progress=progress
        )
    tell(found, key, as_json=as_json)
    sys.exit(found.exit_code)


@audit.command()
@click.argument("entry")
@bucket_option
@region_option
@folder_option
@archive_option
@key_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it.  [default: standard output]",
)
def proof(
    *,
    entry: str,
    bucket: str | None,
    region: str | None,
    folder: Path | None,
    archives: tuple[str, ...],
    key_text: str,
    output: Path | None,
) -> None:
    """Prove that ENTRY, an event id or a number counted from 0, is in the trail."""
    from autopilot.audit.proof import number_of, prove  # noqa: PLC0415 - as said above

    key = _key(key_text)
    store = open_trail(bucket, region, folder, archives, connections=_THREADS)
    number = int(entry) if entry.isdigit() else number_of(store, key, entry)
    text = prove(store, key, number).to_text()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}: entry {number} of {key.name}", err=True)


@audit.command("key")
@region_option
@profile_option
def print_key(*, region: str | None, profile_path: Path) -> None:
    """Print the log's verifier key, as KMS has it: keep it outside the account.

    Whoever verifies later must have got it when nobody had a reason to lie about it.
    """
    from autopilot_cli.connection import load_profile  # noqa: PLC0415 - as said above
    from autopilot_cli.own_trail import own_key  # noqa: PLC0415

    click.echo(str(own_key(load_profile(profile_path), region)))


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_option
@json_option
def check(*, file: Path, key_text: str, as_json: bool) -> None:
    """Check a proof offline, with nothing but the log's public key.

    Exit code 0: the entry was in the log when the checkpoint was signed. 1: the proof fails.
    """
    from autopilot.audit.proof import Proof, ProofRefused  # noqa: PLC0415 - as said above
    from autopilot.audit.proof import check as check_proof  # noqa: PLC0415

    key = _key(key_text)
    try:
        proven = check_proof(Proof.parse(_read(file, "FILE")), key)
    except ProofRefused as refused:
        click.echo(f"autopilot: the proof fails at {refused}", err=True)
        sys.exit(EXIT_NOT_HELD)
    found = {
        "origin": proven.checkpoint.origin,
        "number": proven.number,
        "segment": proven.manifest.index,
        "size": proven.checkpoint.size,
        "entry": proven.entry,
    }
    if as_json:
        click.echo(json.dumps(found))
        sys.exit(EXIT_HELD)
    click.echo(f"entry {proven.number} is in {found['origin']} at {found['size']} segments")
    for name, value in proven.entry.items():
        if value not in ("", {}):
            click.echo(f"  {name:13} {_shown(name, value)}")


def _ledger(profile_path: Path, region: str | None) -> tuple[Gate, str, tuple[str, ...]]:
    """What reads the ledger, from whichever replica answers; whose log it is; where copies lie."""
    from autopilot_cli.connection import Connection  # noqa: PLC0415 - as said above

    connection = Connection.open(profile_path, None, read_only=True)
    regions = connection.profile.regions
    return connection.gate, region or regions.home, (regions.home, regions.standby)


def _anchor(path: Path | None, *, without: bool) -> TrailHead | None:
    from autopilot.domain.trail_head import TrailHead  # noqa: PLC0415 - as said above

    if path is None:
        if without:
            return None
        raise refused(
            "--anchor",
            "the head as the ledger or another safe place keeps it",
            "nothing",
            "Without one a cut tail cannot be seen. Say --without-anchor to go on all the same.",
        )
    text = _read(path, "--anchor")
    expected = "a signed checkpoint, or the ledger's record as JSON"
    if not text.strip():
        raise refused("--anchor", expected, "an empty file", "Read it from the ledger again.")
    if not text.startswith("{"):
        return TrailHead(note=text)
    try:
        return TrailHead.of(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise refused("--anchor", expected, repr(error), "Read it from the ledger again.") from None


def _own(
    bucket: str | None, region: str | None, key_text: str | None, profile_path: Path
) -> tuple[str, str, VerifierKey]:
    """Bucket, region and key of the service's own trail, where they are not given."""
    from autopilot_cli.connection import load_profile  # noqa: PLC0415 - as said above
    from autopilot_cli.own_trail import own_bucket, own_key  # noqa: PLC0415

    profile = load_profile(profile_path)
    if key_text is None:
        click.secho(_KEY_FROM_KMS, fg="yellow", err=True)
    key = _key(key_text) if key_text else own_key(profile, region)
    return bucket or own_bucket(profile, region), region or profile.regions.home, key


def _given(key_text: str | None) -> str:
    if key_text:
        return key_text
    advice = f"Print it with `autopilot audit key`, or set {KEY_VARIABLE}."
    raise refused("--key", "the log's verifier key, for a folder", "nothing", advice)


def _key(text: str) -> VerifierKey:
    from autopilot.audit.note import VerifierKey  # noqa: PLC0415 - as said above

    return VerifierKey.parse(text if "+" in text else _read(Path(text), "--key"))


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise refused(option, "a readable text file", f"{path}: {reason}", "Check it.") from None


def _instant(text: str | None, option: str, otherwise: int) -> int:
    if text is None:
        return otherwise
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise refused(option, "a time such as 2026-11-23T06:00", text, "Times are UTC.") from None
    return round(instant.replace(tzinfo=instant.tzinfo or UTC).timestamp() * 1000)


def _shown(name: str, value: object) -> str:
    if name == "time_ms" and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, tz=UTC).isoformat(timespec="milliseconds")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


audit.add_command(demo)
