"""The trail against its peers: `aws cloudtrail validate-logs`, the rfc8785 package, gzip -6.

All in one run over the same entries, in turns, as ratios; the median counts. What runs on one core
is measured in processor time; whole commands and the two processes by the clock, so that they need
two cores that are free. Run as `make bench`, or `python -m bench.trail --rounds 5`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from multiprocessing import Process
from pathlib import Path
from statistics import median
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autopilot.adapters.folder_trail import FolderTrail
from autopilot.audit.entry import line_of
from autopilot.audit.layout import segment_key
from autopilot.audit.merkle import leaf_hashes
from autopilot.audit.segment import SEGMENT_ENTRIES_MAX, build, compress
from autopilot.audit.vault import field_context, nonces, seal_field
from autopilot.audit.verify import Scope, verify
from autopilot.domain.trail_head import TrailHead
from bench import cloudtrail_peer, object_server
from bench.goals import Goal, Measured, report
from bench.trail_day import FILES, KEY, PER_FILE, Store, a_day, entries, trail_of

CLEAR: Final = "x" * 32  #: a personal field
ARCHIVED: Final = 40  #: files that are compressed
BATCH: Final = 250  #: entries that are taken in together
HASHED: Final = 300_000  #: lines, to see what two processes can do at once


def timed(run: Callable[[], object]) -> float:
    """Seconds that pass while it runs."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def spent(run: Callable[[], object]) -> float:
    """Seconds of one processor that it uses: others on the machine do not count."""
    started = time.process_time()
    run()
    return time.process_time() - started


def passes(
    rounds: int, store: Store, head: TrailHead, peer: Callable[[], object]
) -> list[Measured]:
    """Daily and full passes in memory against the peer's validator in memory."""
    daily = Measured(Goal("daily pass, in memory, one core", "x validate-logs", 10))
    full = Measured(Goal("full pass, in memory, one core", "x validate-logs", 0.6))
    both = Measured(Goal("full pass, two processes", "x validate-logs on one core", 1.15))

    def ours(**scope: Any) -> Callable[[], None]:
        def run() -> None:
            found = verify(store, KEY, head, scope=Scope(**scope), opened=lambda: store)
            if found.damages or found.entries != FILES * PER_FILE:
                message = f"expected a sound trail, got {found.damages[:1]}"
                raise RuntimeError(message)

        return run

    given = []
    for _ in range(rounds):
        theirs = spent(peer)
        daily.values.append(theirs / spent(ours()))
        full.values.append(theirs / spent(ours(full=True)))
        both.values.append(timed(peer) / timed(ours(full=True, threads=2, processes=2)))
        given.append(2 * timed(partial(_hash_in, 1)) / timed(partial(_hash_in, 2)))
    daily.detail = f"peer {FILES * PER_FILE / theirs / 1e6:.2f} M entries/s"
    both.detail = f"two processes that only hash do {median(given):.2f} x the work of one here"
    return [daily, full, both]


def _hash_in(processes: int) -> None:
    """Hash the same in each of so many processes: what the cores of a machine give at most."""
    hashing = [Process(target=_hash) for _ in range(processes)]
    for each in hashing:
        each.start()
    for each in hashing:
        each.join()


def _hash() -> None:
    line = bytes(400)
    for _ in range(HASHED):
        hashlib.sha256(line).digest()


def commands(rounds: int, objects: cloudtrail_peer.Digested, anchor: str) -> list[Measured]:
    """The whole commands over loopback, started anew each time."""
    slow = Measured(Goal("whole process, 20 ms to first byte", "x aws cloudtrail validate-logs", 6))
    fast = Measured(Goal("whole process, no latency", "x aws cloudtrail validate-logs", 1.2))
    with tempfile.TemporaryDirectory() as folder:
        anchor_path = Path(folder, "anchor")
        anchor_path.write_text(anchor, encoding="utf-8")
        Path(folder, "config").write_text("[default]\ns3 =\n    addressing_style = path\n")
        for measured, latency_ms in ((slow, 20.0), (fast, 0.0)):
            server, address = object_server.start(objects, latency_ms)
            environment = _environment(address, Path(folder, "config"))
            command = [*_OURS, "--anchor", str(anchor_path)]
            for _ in range(rounds):
                theirs = timed(partial(_run, _THEIRS, environment))
                ours = timed(partial(_run, command, environment))
                measured.values.append(theirs / ours)
            measured.detail = f"{theirs:.2f} s against {ours:.2f} s"
            server.kill()
    return [slow, fast]


_START: Final = "from autopilot_cli.main import main; main()"
_START_AND_TELL: Final = """
import pathlib, sys
from autopilot_cli.main import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    sys.stderr.write(next(line for line in status if line.startswith("VmHWM")))
"""
_OURS: Final = [
    *(sys.executable, "-c", _START, "audit", "verify", "--json"),
    *("--bucket", cloudtrail_peer.BUCKET, "--region", cloudtrail_peer.REGION, "--key", str(KEY)),
]
_THEIRS: Final = [
    *(sys.executable, "-m", "awscli", "cloudtrail", "validate-logs"),
    *("--trail-arn", cloudtrail_peer.ARN),
    *("--start-time", "2026-01-01T00:00:00Z", "--end-time", "2026-01-02T00:00:00Z"),
]


def _environment(address: str, config: Path) -> dict[str, str]:
    return dict(os.environ) | {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": cloudtrail_peer.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(config),
    }


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own command lines
    if done.returncode:
        raise RuntimeError(done.stdout[-800:].decode() + done.stderr[-800:].decode())


def ingest(rounds: int) -> list[Measured]:
    """Canonicalise, encrypt one field under the subject's key, hash; one core, batch by batch."""
    rate = Measured(Goal("ingest: canonical form, encryption, hash", "M entries/s", 0.25))
    ratio = Measured(Goal("ingest", "x the same with the rfc8785 package", 4))
    members = [dict(each.__dict__) for each in entries(SEGMENT_ENTRIES_MAX)]
    batches = [members[at : at + BATCH] for at in range(0, len(members), BATCH)]
    keys = {
        each["subject"]: AESGCM(hashlib.sha256(each["subject"].encode()).digest())
        for each in members
    }

    def run(encode: Callable[[dict[str, Any]], bytes]) -> float:
        """Seconds for all batches, each of entries that have just come in."""
        received = ([dict(each) for each in batch] for batch in batches)
        return sum(spent(partial(take_in, batch, keys, encode)) for batch in received)

    for _ in range(rounds):
        ours, theirs = run(line_of), run(rfc8785.dumps)
        rate.values.append(len(members) / ours / 1e6)
        ratio.values.append(theirs / ours)
    return [rate, ratio]


def take_in(
    batch: Sequence[dict[str, Any]],
    keys: Mapping[str, AESGCM],
    encode: Callable[[dict[str, Any]], bytes],
) -> None:
    """What is measured: the product's sealing and hashing around one encoder or the other."""
    for each, nonce in zip(batch, nonces(len(batch)), strict=True):
        subject = each["subject"]
        context = field_context(each["event"], subject, "account")
        each["personal"] = {"account": seal_field(keys[subject], nonce, CLEAR, context)}
    leaf_hashes([encode(each) for each in batch])  # the lines first, as a segment is built


def archive(rounds: int, files: Sequence[Sequence[bytes]]) -> list[Measured]:
    """Compression of segments against gzip -6."""
    speed = Measured(Goal("archive compression", "x gzip -6's speed", 4))
    size = Measured(Goal("archive size", "of gzip -6's", most=1.05))
    bodies = [b"\n".join(lines) + b"\n" for lines in files]
    for _ in range(rounds):
        ours = spent(lambda: [compress(lines) for lines in files])
        theirs = spent(lambda: [gzip.compress(body, 6) for body in bodies])
        speed.values.append(theirs / ours)
    packed = sum(len(compress(lines)) for lines in files)
    size.values.append(packed / sum(len(gzip.compress(body, 6)) for body in bodies))
    size.detail = f"{packed / sum(map(len, files)):.1f} bytes an entry"
    return [speed, size]


def memory() -> list[Measured]:
    """Peak memory of a full pass over ten million entries against one over one million."""
    peak = Measured(Goal("peak memory, 10 M entries", "of that of 1 M", most=1.05))
    segment = build(list(entries(SEGMENT_ENTRIES_MAX)))
    peaks = []
    for segments in (100, 1_000):
        with tempfile.TemporaryDirectory() as folder:
            store = _Linked(Path(folder, "log"))
            head = trail_of([segment] * segments, store)
            Path(folder, "anchor").write_text(head.note, encoding="utf-8")
            command = [*_OURS[:6], "--folder", f"{folder}/log", "--key", str(KEY), "--full"]
            command += ["--anchor", f"{folder}/anchor", "--processes", "1", "--threads", "2"]
            peaks.append(_peak_kilobytes(command))
    peak.values.append(peaks[1] / peaks[0])
    peak.detail = f"{peaks[0] / 1024:.0f} MB and {peaks[1] / 1024:.0f} MB"
    return [peak]


class _Linked(FolderTrail):
    """A folder whose segments are all one file, so that ten million entries fit the disk."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._first = root / segment_key(0)
        self._folder = root

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body`, or link to the segment that has it."""
        if not key.startswith("segment/") or key == segment_key(0):
            return super().put_if_absent(key, body)
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(self._first, path)
        return ""


def _peak_kilobytes(command: Sequence[str]) -> int:
    """The most memory that it had at once, as it says itself when it ends.

    What `wait4` tells would count this process, which it was forked from.
    """
    told = [*command[:2], _START_AND_TELL, *command[3:]]
    done = subprocess.run(told, capture_output=True, text=True, check=True)  # noqa: S603 - our own command line
    return int(done.stderr.split()[-2])


def main() -> int:
    """Print the table; 1 when a median misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="passes, commands, ingest, archive or memory")
    options = parser.parse_args()
    segments, files = a_day()
    store = Store()
    head = trail_of(segments, store)
    peer = cloudtrail_peer.build(files)
    both = cloudtrail_peer.Digested(dict(peer.objects), peer.public_key)
    both.objects |= {f"log/{key}": (body, {}) for key, body in store.objects_.items()}
    validator = cloudtrail_peer.InMemory(peer)
    del files[ARCHIVED:], segments  # what is forked is to be as small as a command is
    parts: dict[str, Callable[[], list[Measured]]] = {
        "passes": lambda: passes(options.rounds, store, head, validator.run),
        "commands": lambda: commands(options.rounds, both, head.note),
        "ingest": lambda: ingest(options.rounds),
        "archive": lambda: archive(options.rounds, files),
        "memory": memory,
    }
    chosen = [options.only] if options.only else list(parts)
    return report(
        "The trail against its peers, medians",
        [measured for name in chosen for measured in parts[name]()],
    )


if __name__ == "__main__":
    raise SystemExit(main())
