"""`autopilot audit` over a folder: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from autopilot.audit.damage import Kind
from autopilot.audit.pack import names
from autopilot_cli.main import main
from tests.audit.memory_trail import KEY, MemoryTrail, batches, copied, manifests, packed


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A sealed trail copied into a folder, with its key and its anchor beside it."""
    trail = MemoryTrail()
    trail.seal(*batches(5, 4))
    copied(trail, tmp_path / "log")
    (tmp_path / "key").write_text(str(KEY))
    (tmp_path / "anchor").write_text(trail.anchor.head.note)
    (tmp_path / "head.json").write_text(json.dumps(trail.anchor.head.to_item()))
    return tmp_path


def ends(*arguments: str | Path) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main(["audit", *map(str, arguments)])
    return int(ended.value.code or 0)


def verify(log: Path, *more: str | Path) -> int:
    """The exit code of a verification of the folder."""
    return ends("verify", "--folder", log / "log", "--key", log / "key", *more)


@pytest.mark.parametrize("anchor", ["anchor", "head.json"])
@pytest.mark.parametrize("more", [[], ["--full"], ["--full", "--processes", "2"]])
def test_a_sound_trail_ends_with_zero(
    log: Path, anchor: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Quick and full, with the note or the ledger's record as anchor."""
    assert verify(log, "--anchor", log / anchor, *more) == 0
    assert "5 of 5 segments, 20 entries" in capsys.readouterr().out


def test_damage_ends_with_its_code_and_is_named(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one JSON object for programs."""
    (log / "log/segment/002.jsonl.zst").unlink()
    code = verify(log, "--anchor", log / "anchor", "--json")
    found = json.loads(capsys.readouterr().out)
    assert code == found["exit_code"] == Kind.SEGMENT_MISSING.value
    assert [(each["key"], each["entry"], each["kind"]) for each in found["damages"]] == [
        ("segment/002.jsonl.zst", 8, "segment missing")
    ]


def test_a_copy_in_a_folder_is_not_verified_without_a_key(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing beside it could say which key is the log's."""
    assert ends("verify", "--folder", log / "log", "--anchor", log / "anchor") == 2
    assert "the log's verifier key, for a folder" in capsys.readouterr().err


def test_a_time_range_verifies_the_segments_in_it(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entries lie 10 ms apart from 14:13:20 on; only the second segment begins at .040."""
    since, until = "2026-09-21T14:13:20.040Z", "2026-09-21T14:13:20.070Z"
    assert verify(log, "--anchor", log / "anchor", "--since", since, "--until", until) == 0
    assert "1 of 5 segments, 4 entries" in capsys.readouterr().out


@pytest.fixture
def moved(log: Path, tmp_path: Path) -> Path:
    """The same log after its segments went to the archive, which is a folder beside it."""
    trail = MemoryTrail()
    trail.seal(*batches(5, 4))
    for name in names(manifests(trail)):
        file = tmp_path / "archive" / name.key
        file.parent.mkdir(parents=True)
        file.write_bytes(packed(trail, name))
    shutil.rmtree(log / "log/segment")
    return log


@pytest.mark.parametrize("more", [[], ["--full"], ["--full", "--processes", "2"]])
def test_what_was_moved_is_read_from_the_archive(
    moved: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the copy of it that `--archive` names; without it, every segment is missing."""
    known: list[str | Path] = ["--anchor", moved / "anchor", *more]
    assert verify(moved, "--archive", moved / "archive", *known) == 0
    assert "5 of 5 segments, 20 entries" in capsys.readouterr().out
    assert verify(moved, *known) == Kind.SEGMENT_MISSING.value


def test_every_copy_that_is_named_is_checked(
    moved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log is whole by the first one; the other one has a byte more, and a code of its own."""
    one, other = moved / "archive", tmp_path / "other"
    shutil.copytree(one, other)
    known = ("--anchor", moved / "anchor", "--archive", one, "--archive", other)
    assert verify(moved, *known) == 0
    assert f"archive in {other}: whole" in capsys.readouterr().out
    (pack,) = (each for each in other.rglob("*.zst"))
    pack.write_bytes(pack.read_bytes() + b"!")
    assert verify(moved, *known, "--json") == Kind.COPY_CHANGED.value
    found = json.loads(capsys.readouterr().out)
    assert found["verified"]
    assert found["copies"] == {str(one): "whole", str(other): "damaged"}
    assert [each["copy"] for each in found["damages"]] == [str(other)]


def test_what_was_let_go_may_be_missing(moved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only before the day and of the class that `--ended` says; the trail is of 2026-09-21."""
    known = ("--anchor", moved / "anchor")
    assert verify(moved, "--ended", "operations=2026-09-22", *known) == 0
    assert "0 of 5 segments" in capsys.readouterr().out
    for ended in ("operations=2026-09-21", "legal=2026-09-22"):
        assert verify(moved, "--ended", ended, *known) == Kind.SEGMENT_MISSING.value


@pytest.mark.parametrize("ended", ["operations", "operations=soon", "forever=2026-09-22"])
def test_what_names_no_class_or_day_is_refused(
    log: Path, ended: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the classes are listed."""
    assert verify(log, "--without-anchor", "--ended", ended) == 2
    assert "operations, security, legal" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--archive", "nowhere", "--without-anchor"],
        ["--anchor", "nowhere"],
        ["--anchor", os.devnull],
        ["--without-anchor", "--since", "yesterday"],
        ["--without-anchor", "--bucket", "b"],
    ],
)
def test_bad_input_ends_with_two(
    log: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what was expected, what came, and what to do."""
    assert verify(log, *more) == 2
    assert {"expected", "got"} <= set(capsys.readouterr().err.split())


def test_a_proof_is_written_and_checked(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By event id or number; checked with the key alone; a changed one ends with 1."""
    proof = log / "p.tlog-proof"
    assert (
        ends("proof", "evt-000013", "--folder", log / "log", "--key", str(KEY), "--output", proof)
        == 0
    )
    assert ends("check", proof, "--key", log / "key", "--json") == 0
    assert json.loads(capsys.readouterr().out)["number"] == 13
    proof.write_text(proof.read_text().replace("\n5\n", "\n6\n"))
    assert ends("check", proof, "--key", log / "key") == 1
