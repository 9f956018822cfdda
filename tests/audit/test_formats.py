"""Canonical form, tree, notes and proofs, each held against its standard."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from autopilot.audit import merkle
from autopilot.audit.canonical import canonical, flat, flat_verbatim
from autopilot.audit.entry import Entry, Quarantined, admit, parse_line
from autopilot.audit.layout import number, segment_index, segment_key, tile_at
from autopilot.audit.note import Checkpoint, NoteRefused, VerifierKey, open_checkpoint, sign
from autopilot.audit.proof import Proof, ProofRefused, check, prove
from autopilot.audit.segment import BadSegment, compress, inflate
from autopilot.audit.tiles import pack, unpack
from autopilot.errors import BadInput
from tests.audit.memory_trail import (
    KEY,
    ORIGIN,
    OTHER_SIGNER,
    SIGNER,
    START_MS,
    MemoryTrail,
    batches,
    entry,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
PLAIN = st.recursive(
    TEXT | WHOLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    """For texts, whole numbers, lists and maps with ASCII keys, byte for byte."""
    assert canonical(value).encode() == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(st.dictionaries(NAMES, TEXT | WHOLE, max_size=5))
def test_the_form_of_a_flat_map_is_that_of_rfc_8785(members: dict[str, str | int]) -> None:
    """The shorter way for one level."""
    assert flat(members).encode() == rfc8785.dumps(members)


@given(st.dictionaries(NAMES, st.binary(max_size=40), max_size=5))
def test_the_form_of_encrypted_fields_is_that_of_rfc_8785(fields: dict[str, bytes]) -> None:
    """Base64 needs no escapes; the names of fields may."""
    members = {name: base64.b64encode(blob).decode() for name, blob in fields.items()}
    assert flat_verbatim(members).encode() == rfc8785.dumps(members)


@given(
    purpose=TEXT,
    target=TEXT.filter(bool),
    detail=st.dictionaries(NAMES, TEXT | WHOLE, max_size=5),
)
def test_the_line_of_an_entry_is_its_rfc_8785_form(
    purpose: str, target: str, detail: dict[str, str | int]
) -> None:
    """The template has every member, in order; and a line reads back as the same entry."""
    made = entry(1, purpose=purpose, target=target, detail=detail)
    assert made.line() == rfc8785.dumps({**made.model_dump(mode="json"), "schema": 1})
    assert parse_line(made.line()) == made


@pytest.mark.parametrize(
    "change, key",
    [
        ({"event": ""}, "event"),
        ({"time_ms": 1.5}, "time_ms"),
        ({"time_ms": True}, "time_ms"),
        ({"actor": "\ud800"}, "entry"),
        ({"legal_basis": "because"}, "legal_basis"),
        ({"personal": {"email": "not base64!"}}, "personal.email"),
        ({"personal": {"email": "c2VhbGVkIGJ5IHRoZSBzdWJqZWN0J3Mga2V5IQ=="}}, "entry"),
        ({"personal": {"email": "Anna"}}, "personal.email"),
        ({"actor": "anna@example.com"}, "actor"),
        ({"detail": {"note": "call +49 170 1234567"}}, "detail.note"),
        ({"detail": {"share": 0.5}}, "detail.share.constrained-str"),
        ({"shoe_size": 43}, "shoe_size"),
        ({"time_ms": START_MS + 300_001}, "time_ms"),
    ],
)
def test_what_is_no_entry_is_quarantined_with_its_reason(
    change: dict[str, object], key: str
) -> None:
    """The bytes are kept as they came; the values of personal fields are not repeated."""
    good = entry(0).model_dump(mode="json") | {"personal": {}, "subject": "", "personal_key": ""}
    good["legal_basis"] = "not-personal"
    raw = json.dumps(good | change).encode()
    found = admit(raw, now_ms=START_MS, skew_ms=300_000)
    assert isinstance(found, Quarantined)
    assert found.raw == raw
    assert any(problem.key.startswith(key.split(".", maxsplit=1)[0]) for problem in found.problems)
    assert "not base64!" not in str(found.problems)
    assert base64.b64decode(json.loads(found.line())["raw"]) == raw


@given(st.binary(max_size=60))
def test_any_bytes_are_an_entry_or_quarantined(raw: bytes) -> None:
    """Nothing is lost, and nothing raises."""
    assert isinstance(admit(raw, now_ms=START_MS, skew_ms=0), Entry | Quarantined)


def reference_root(leaves: Sequence[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = reference_root(leaves[:middle]), reference_root(leaves[middle:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def numbered(count: int) -> list[bytes]:
    """So many different leaves."""
    return [str(each).encode() for each in range(count)]


@given(st.integers(0, 300))
def test_the_root_is_that_of_rfc_6962(count: int) -> None:
    """Level by level gives what the recursion gives."""
    assert merkle.root_of_leaves(numbered(count)) == reference_root(numbered(count))


@given(st.integers(1, 200), st.data())
def test_an_inclusion_proof_leads_to_the_root_and_to_no_other(
    size: int, data: st.DataObject
) -> None:
    """PATH of RFC 6962, checked as RFC 9162 says; a changed leaf, index or path fails."""
    index = data.draw(st.integers(0, size - 1))
    hashes = merkle.leaf_hashes(numbered(size))
    path, root = (
        merkle.inclusion_proof(index, size, merkle.subtree_of(hashes)),
        merkle.root_of(hashes),
    )
    assert merkle.root_from_inclusion(index, size, hashes[index], path) == root
    assert merkle.root_from_inclusion(index, size, bytes(32), path) != root
    assert merkle.root_from_inclusion(index, size, hashes[index], [*path, bytes(32)]) is None
    if index + 1 < size:
        assert merkle.root_from_inclusion(index + 1, size, hashes[index], path) != root


@given(st.integers(0, 130), st.integers(0, 130))
def test_a_consistency_proof_holds_for_its_two_trees_only(one: int, other: int) -> None:
    """PROOF of RFC 6962, checked as RFC 9162 says."""
    old, new = sorted((one, other))
    hashes = merkle.leaf_hashes(numbered(new))
    path = merkle.consistency_proof(old, new, merkle.subtree_of(hashes))
    roots = merkle.root_of(hashes[:old]), merkle.root_of(hashes)
    assert merkle.is_consistent(old, roots[0], new, roots[1], path)
    if old:
        assert not merkle.is_consistent(old, bytes(32), new, roots[1], path)
        assert not merkle.is_consistent(old, roots[0], new, bytes(32), path)


def test_the_example_of_tlog_checkpoint_has_the_key_id_that_the_formula_gives() -> None:
    """The verifier key of the Go checksum database, as the Go command has it built in."""
    published = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    key = VerifierKey.parse(published)
    assert (key.name, key.key_id.hex()) == ("sum.golang.org", "033de0ae")
    assert str(key) == published


def test_a_note_opens_under_its_key_only() -> None:
    """Changed text, another key, another origin and broken forms are told apart."""
    head = Checkpoint(ORIGIN, 7, b"\x01" * 32)
    note = sign(head, SIGNER)
    assert open_checkpoint(note, KEY) == head
    with pytest.raises(NoteRefused, match="not of this text"):
        open_checkpoint(note.replace(b"\n7\n", b"\n8\n"), KEY)
    with pytest.raises(NoteRefused, match="expected a signature of") as unknown:
        open_checkpoint(sign(head, OTHER_SIGNER), KEY)
    assert not unknown.value.key_known
    for broken in (b"", b"\xff", note[:-1], note + b"x", note.replace(b"\n\n", b"\n")):
        with pytest.raises(NoteRefused):
            open_checkpoint(broken, KEY)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+!!", "a+00000000+AQ==", str(KEY).replace("+", "+0", 1)]
)
def test_a_verifier_key_that_is_none_says_what_was_expected(text: str) -> None:
    """A key with a wrong id is refused as well: it was copied wrongly."""
    with pytest.raises(BadInput, match="verifier key"):
        VerifierKey.parse(text)


@given(st.integers(0, 10**10))
def test_numbers_in_keys_are_those_of_tlog_tiles(index: int) -> None:
    """Three digits each, an x before all but the last; and they read back."""
    parts = number(index).split("/")
    assert int("".join(part.removeprefix("x") for part in parts)) == index
    assert [part[0] == "x" for part in parts] == [True] * (len(parts) - 1) + [False]
    assert segment_index(segment_key(index)) == index


def test_the_example_of_tlog_tiles_has_its_path() -> None:
    """1234067 is x001/x234/067; keys with needless zeros or a full partial tile are none."""
    assert number(1234067) == "x001/x234/067"
    wrong = ["tile/0/x000/001", "tile/0/000.p/256", "tile/0/000.p/01", "tile/00/000", "tile/0/0"]
    assert [tile_at(key) for key in wrong] == [None] * 5


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_reads_back_and_a_cut_one_is_refused(leaves: list[bytes]) -> None:
    """Lengths in 16 bits, big-endian."""
    assert unpack(pack(leaves)) == leaves
    if leaves:
        with pytest.raises(ValueError, match="cut"):
            unpack(pack(leaves)[:-1])


def test_a_segment_is_one_frame_and_nothing_else() -> None:
    """Trailing bytes, a second frame, a cut frame, and no frame."""
    body = compress([b"a", b"b"])
    assert inflate(body) == [b"a", b"b"]
    for trailing in (b"x", compress([b"c"])):
        with pytest.raises(BadSegment) as refused:
            inflate(body + trailing)
        assert refused.value.trailing
    for broken in (body[:-1], b"", b"no frame"):
        with pytest.raises(BadSegment):
            inflate(broken)


@pytest.fixture(scope="module")
def sealed() -> MemoryTrail:
    """Three hundred segments of three entries."""
    trail = MemoryTrail()
    trail.seal(*batches(300, 3))
    return trail


@pytest.mark.parametrize("at", [0, 1, 767, 768, 899])
def test_an_entry_is_proven_with_the_public_key_alone(sealed: MemoryTrail, at: int) -> None:
    """The proof is read back from its text, and names the entry."""
    proof = Proof.parse(prove(sealed.store, KEY, at).to_text())
    proven = check(proof, KEY)
    assert (proven.number, proven.entry["event"]) == (at, f"evt-{at:06d}")


@pytest.mark.parametrize("step", ["checkpoint", "manifest in log", "form", "entry in segment"])
def test_a_forged_proof_fails_at_the_step_that_was_forged(sealed: MemoryTrail, step: str) -> None:
    """Every step is checked by itself."""
    text = prove(sealed.store, KEY, 5).to_text()
    proof = Proof.parse(text)
    forged = {
        "checkpoint": text.replace("\n300\n", "\n301\n"),
        "manifest in log": _with(proof, manifest=proof.manifest.replace(b"3", b"4", 1)),
        "form": _with(proof, entry=b"{}"),
        "entry in segment": _with(proof, entry=proof.entry.replace(b"evt-000005", b"evt-000006")),
    }[step]
    with pytest.raises(ProofRefused, match=step):
        check(Proof.parse(forged), KEY)


def _with(proof: Proof, *, manifest: bytes | None = None, entry: bytes | None = None) -> str:
    changed = Proof(
        entry or proof.entry,
        proof.entry_index,
        proof.entry_path,
        manifest or proof.manifest,
        proof.index,
        proof.path,
        proof.note,
    )
    return changed.to_text()


@pytest.mark.parametrize("text", ["", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\n\nx"])
def test_a_file_that_is_no_proof_is_refused_as_input(text: str) -> None:
    """Not as a proof that fails: nobody forged anything."""
    with pytest.raises(BadInput, match="proof"):
        Proof.parse(text)


def test_an_entry_that_is_not_in_the_log_cannot_be_proven(sealed: MemoryTrail) -> None:
    """The message says what a number means."""
    with pytest.raises(BadInput, match="number of an entry"):
        prove(sealed.store, KEY, 900)
