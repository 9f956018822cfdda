"""Shows trails and proofs of ours to the reference implementation of the C2SP formats.

`make c2sp` runs this. The implementation is golang.org/x/mod/sumdb (note, tlog), which C2SP's
tlog-tiles, tlog-checkpoint and signed-note were written from and the Go command verifies its
checksum database with. It comes inside the Go toolchain, so that one pinned wheel brings both.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autopilot.adapters.folder_trail import FolderTrail
from autopilot.audit.note import VerifierKey
from autopilot.audit.proof import prove
from tests.audit.memory_trail import KEY, ORIGIN, OTHER_SIGNER, MemoryTrail, batches

HERE = Path(__file__).parent
SIZES = (1, 2, 255, 256, 257, 600)


def main() -> int:
    """Build the checker, show it what it must accept and what it must refuse."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        checker = build(work)
        outcomes = [accepts(checker, work / str(size), size) for size in SIZES]
        outcomes.append(refuses_tampering(checker, work / "257"))
    return 0 if all(outcomes) else 1


def build(work: Path) -> Path:
    """Compile check.go against the packages that the toolchain itself was built with."""
    go: Any = importlib.import_module("go")  # only the environment of `make c2sp` has it
    root = Path(str(go.__file__)).parent
    source = work / "source"
    shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    module = source / "build" / "mod"
    shutil.copytree(root / "src/cmd/vendor/golang.org/x/mod", module)
    (module / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.24\n")
    environment = os.environ | {
        "GOCACHE": str(work / "cache"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "HOME": str(work),
    }
    command = [str(root / "bin" / "go"), "build", "-o", str(work / "check"), "."]
    subprocess.run(command, cwd=source, env=environment, check=True)
    return work / "check"


def accepts(checker: Path, folder: Path, size: int) -> bool:
    """A log of that size with every manifest and tile, and the proof of its last entry."""
    trail = MemoryTrail()
    trail.seal(*batches(size, 2))
    store = FolderTrail(folder)
    for key in trail.store.versions:
        stored = trail.store.get(key)
        store.put_if_absent(key, stored.body if stored else b"")
    (folder / "key").write_text(str(KEY))
    (folder / "proof").write_text(prove(store, KEY, 2 * size - 1).to_text())
    whole = run(checker, "log", folder, folder / "key")
    one = run(checker, "proof", folder / "proof", folder / "key")
    return whole and one


def refuses_tampering(checker: Path, folder: Path) -> bool:
    """One changed bit in a tile, and another log's key: otherwise acceptance says nothing."""
    (folder / "other").write_text(str(VerifierKey(ORIGIN, OTHER_SIGNER.public_key())))
    signed_by_another = run(checker, "log", folder, folder / "other")
    tile = folder / "tile/0/000"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    tampered = run(checker, "log", folder, folder / "key")
    return not signed_by_another and not tampered


def run(checker: Path, *arguments: str | Path) -> bool:
    """Whether the checker accepts; it says itself what it thinks."""
    sys.stdout.flush()
    return subprocess.run([str(checker), *map(str, arguments)], check=False).returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
