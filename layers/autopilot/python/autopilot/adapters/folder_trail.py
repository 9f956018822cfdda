"""A trail in a folder: a copy of a bucket that somebody keeps, or a log that is not in AWS."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from autopilot.errors import Refused
from autopilot.ports.trail import Listed, Stored


class FolderTrail:
    """A `TrailStore` over the files below `root`. It keeps no versions."""

    def __init__(self, root: Path) -> None:
        """Use the files below `root`; it need not exist yet."""
        self._root = root

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body`; None when something is there already."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unique = path.with_name(f".{path.name}.{os.getpid()}")
        unique.write_bytes(body)
        try:
            os.link(unique, path)  # fails when the name is taken: atomic, whole or not at all
        except FileExistsError:
            return None
        finally:
            unique.unlink()
        return ""

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over`.

        Between the look and the change another process could write: one sealer per folder.
        """
        stored = self.get(key)
        if (stored.tag if stored else None) != over:
            return False
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unique = path.with_name(f".{path.name}.{os.getpid()}")
        unique.write_bytes(body)
        unique.replace(path)
        return True

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        try:
            body = self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return Stored(body, "", hashlib.sha256(body).hexdigest())

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`, in order."""
        yield from (each for each in self._below("") if each.key.startswith(prefix))

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix`, in order."""
        yield from (each.key for each in self.objects(prefix))

    def _below(self, folder: str) -> Iterator[Listed]:
        """Every file below a folder, one folder in memory at a time."""
        root = self._root / folder
        with os.scandir(root) if root.is_dir() else nullcontext(iter(())) as found:
            names = sorted(f"{each.name}/" if each.is_dir() else each.name for each in found)
        for name in names:
            if name.endswith("/"):
                yield from self._below(folder + name)
            else:
                yield Listed(folder + name, (root / name).stat().st_size, "")

    def remove(self, key: str) -> None:
        """Take away what lies under `key`, if anything does."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts:
            message = f"expected a key below the trail's folder, got {key!r}"
            raise Refused(message)
        return path
