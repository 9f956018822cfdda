"""Personal fields open in their place, for their person, while that person's keys exist."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from autopilot.adapters.local_keys import LocalKeyWrapper, LocalReferences, LocalVault
from autopilot.audit.entry import Entry
from autopilot.audit.key_cache import KeyCache
from autopilot.audit.proof import check, prove
from autopilot.audit.vault import (
    FIELD_BYTES_MAX,
    NOBODY,
    NONCE_BYTES,
    Erased,
    NotGenuine,
    SubjectKeys,
    SubjectVault,
    field_context,
)
from autopilot.errors import BadInput, Refused
from autopilot.persons import WrappedKeys
from tests.audit.memory_trail import KEY, START_MS, Clock, MemoryTrail, entry

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
ANNA, BORIS = "a" * 52, "b" * 52
FIELDS = {"email": "anna@example.org", "name": "Anna Beispiel"}


@dataclass
class Register:
    """When whose erasure began."""

    begun: dict[str, int] = field(default_factory=dict)

    def erased_ms(self, reference: str) -> int:
        """0 for somebody who was never erased."""
        return self.begun.get(reference, 0)


@dataclass
class Room:
    """A vault with everything it needs, in memory."""

    clock: Clock = field(default_factory=Clock)
    kept: LocalVault = field(default_factory=LocalVault)
    register: Register = field(default_factory=Register)
    cache: KeyCache[SubjectKeys] | None = None

    def __post_init__(self) -> None:
        """Put it together."""
        self.vault = SubjectVault(
            vault=self.kept,
            wrapper=LocalKeyWrapper(b"\x01" * 32),
            register=self.register,
            clock=self.clock,
            cache=self.cache,
        )

    def entry(self, number: int, reference: str = ANNA, **fields: str) -> Entry:
        """An entry about a person, with sealed fields."""
        event = f"evt-{number:06d}"
        sealed = self.vault.seal_fields(
            reference, event, fields or FIELDS, happened_ms=self.clock.at_ms
        )
        return entry(
            number,
            subject=sealed.subject,
            personal_key=sealed.personal_key,
            personal=dict(sealed.personal),
        )

    def open(self, sealed: Entry, reference: str = ANNA) -> dict[str, str]:
        """What the entry holds in the clear."""
        return self.vault.open_fields(
            reference, event=sealed.event, key=sealed.personal_key, sealed=sealed.personal
        )

    def erase(self, reference: str) -> None:
        """As an erasure leaves it: no keys, and a note of when."""
        self.register.begun[reference] = self.clock.at_ms
        del self.kept.kept[reference]


@given(
    st.dictionaries(
        st.from_regex("[a-z]{1,16}", fullmatch=True),
        TEXT,
        min_size=1,
        max_size=16,
    )
)
def test_what_is_sealed_opens_to_the_same_text(fields: dict[str, str]) -> None:
    """Any text, in as many fields as an entry holds."""
    room = Room()
    assert room.open(room.entry(1, ANNA, **fields)) == fields


@given(TEXT, TEXT, TEXT)
def test_what_is_authenticated_with_a_field_is_rfc_8785(
    event: str, subject: str, name: str
) -> None:
    """So that whoever holds the key can open it with code of their own."""
    context = {"event": event, "field": name, "subject": subject}
    assert field_context(event, subject, name) == rfc8785.dumps(context)


def test_the_longest_field_fits_an_entrys_limit() -> None:
    """And one byte more is refused before anything is encrypted."""
    room = Room()
    assert room.open(room.entry(1, note="x" * FIELD_BYTES_MAX))["note"] == "x" * FIELD_BYTES_MAX
    with pytest.raises(BadInput, match=r"personal.note: expected at most"):
        room.entry(2, note="x" * (FIELD_BYTES_MAX + 1))
    with pytest.raises(BadInput, match="at most 16 fields"):
        room.entry(3, **{f"f{number}": "x" for number in range(17)})


def test_the_same_text_is_never_sealed_alike() -> None:
    """Nonces are random: equal fields of one person show nothing in common."""
    room = Room()
    sealed = [room.entry(number, email="a@example.org").personal["email"] for number in range(50)]
    nonces = {base64.b64decode(each)[:NONCE_BYTES] for each in sealed}
    assert len(set(sealed)) == len(nonces) == 50


@pytest.mark.parametrize("moved_to", ["event", "field", "person"])
def test_a_field_opens_in_its_own_place_only(moved_to: str) -> None:
    """Event, field name and person are authenticated with it."""
    room = Room()
    mine, other = room.entry(1), room.entry(2, BORIS, email="b@example.org", name="Boris")
    event, reference, personal = mine.event, ANNA, dict(mine.personal)
    key = mine.personal_key
    if moved_to == "event":
        event = other.event
    elif moved_to == "field":
        personal = {"email": mine.personal["name"]}
    else:
        reference, key = BORIS, other.personal_key
    with pytest.raises(NotGenuine):
        room.vault.open_fields(reference, event=event, key=key, sealed=personal)


@given(st.integers(0, 10_000))
def test_every_changed_bit_is_noticed(at: int) -> None:
    """In nonce, ciphertext or tag."""
    room = Room()
    sealed = room.entry(1)
    blob = bytearray(base64.b64decode(sealed.personal["email"]))
    blob[at // 8 % len(blob)] ^= 1 << at % 8
    changed = {"email": base64.b64encode(blob).decode()}
    with pytest.raises(NotGenuine):
        room.vault.open_fields(ANNA, event=sealed.event, key=sealed.personal_key, sealed=changed)


def test_after_the_erasure_nothing_of_the_person_opens_and_everybody_else_does() -> None:
    """However many entries there were: one item is gone."""
    room = Room()
    mine = [room.entry(number) for number in range(20)]
    others = room.entry(99, BORIS)
    room.erase(ANNA)
    for sealed in mine:
        with pytest.raises(Erased, match="no keys of this person exist"):
            room.open(sealed)
    with pytest.raises(Erased), room.vault.opened(ANNA):
        pass
    assert room.open(others, BORIS) == FIELDS


def test_old_proofs_verify_after_the_erasure() -> None:
    """No stored byte changes: the log hashes ciphertext."""
    room, trail = Room(), MemoryTrail()
    trail.seal([room.entry(number) for number in range(5)])
    before = prove(trail.store, KEY, 3)
    room.erase(ANNA)
    after = prove(trail.store, KEY, 3)
    assert before == after
    check(after, KEY)


def test_who_comes_back_is_somebody_new() -> None:
    """New keys, and a pseudonym that does not link to the old one."""
    room = Room()
    old = room.entry(1)
    room.erase(ANNA)
    room.clock.at_ms += 1
    new = room.entry(2)
    assert new.subject != old.subject
    assert new.personal_key != old.personal_key
    assert room.open(new) == FIELDS
    with pytest.raises(Erased, match="does not exist"):
        room.open(old)


def test_a_late_event_from_before_the_erasure_is_kept_without_the_person() -> None:
    """It makes no keys, so that nothing of it could be read, or be about anybody."""
    room = Room()
    happened_ms = room.clock.at_ms
    room.entry(1)
    room.erase(ANNA)
    room.clock.at_ms += 60_000
    late = room.vault.seal_fields(ANNA, "evt-late", FIELDS, happened_ms=happened_ms)
    assert late == NOBODY
    assert room.kept.find(ANNA) is None


def test_of_two_that_make_keys_at_once_both_seal_under_those_kept_first() -> None:
    """The loser reads the winner's: nothing is sealed under keys that are not kept."""

    class Slow(LocalVault):
        """Another region keeps its keys between our look and our write."""

        def keep(self, reference: str, keys: WrappedKeys) -> WrappedKeys:
            """Keep the other's first."""
            if reference not in self.kept:
                _, wrapped = LocalKeyWrapper(b"\x01" * 32).make(reference)
                self.kept[reference] = WrappedKeys("f" * 32, wrapped, START_MS)
            return super().keep(reference, keys)

    room = Room(kept=Slow())
    sealed = room.entry(1)
    assert sealed.personal_key == f"vault/1/{'f' * 32}"
    assert room.open(sealed) == FIELDS


def test_without_the_subjects_own_key_a_pseudonym_tells_nothing() -> None:
    """The same reference under other keys has another pseudonym, of the same form."""
    first, second = Room(), Room()
    names = {room.entry(1).subject for room in (first, second)}
    assert len(names) == 2
    assert {len(name) for name in names} == {32}
    assert not any(ANNA in name for name in names)


def test_keys_wrapped_for_one_person_are_refused_for_another() -> None:
    """The encryption context binds them."""
    wrapper = LocalKeyWrapper(b"\x01" * 32)
    _, wrapped = wrapper.make(ANNA)
    with pytest.raises(Refused, match="wrapped for this person"):
        wrapper.unwrap(wrapped, BORIS)


def test_a_reference_is_the_same_for_one_id_and_no_other() -> None:
    """52 letters and digits of base32, under a key."""
    names = LocalReferences(b"\x02" * 32)
    assert names.reference("customer-1") == names.reference("customer-1")
    assert names.reference("customer-1") != names.reference("customer-2")
    assert names.reference("customer-1") != LocalReferences(b"\x03" * 32).reference("customer-1")
    assert len(names.reference("customer-1")) == 52


# -- the cache -------------------------------------------------------------------------------------


def cached(clock: Clock, secrets_max: int = 3) -> KeyCache[SubjectKeys]:
    """A cache of a minute."""
    return KeyCache(clock, seconds_max=60, secrets_max=secrets_max)


def keys() -> SubjectKeys:
    """Some keys."""
    return SubjectKeys("id", bytearray(b"\x07" * 64))


def is_wiped(secret: SubjectKeys) -> bool:
    """Whether nothing is left of it."""
    return secret.material == bytearray(64)


def test_a_cached_key_is_wiped_when_its_time_is_over_however_often_it_was_used() -> None:
    """Its time counts from when it was unwrapped: destroyed keys are gone within that time."""
    clock = Clock()
    cache, secret = cached(clock), keys()
    cache.keep(ANNA, secret)
    for _ in range(59):
        clock.at_ms += 1_000
        assert cache.find(ANNA) is secret
    clock.at_ms += 1_000
    assert cache.find(ANNA) is None
    assert is_wiped(secret)


def test_a_full_cache_wipes_the_oldest() -> None:
    """It never holds more than its number."""
    cache, secrets = cached(Clock()), [keys() for _ in range(5)]
    for number, secret in enumerate(secrets):
        cache.keep(str(number), secret)
        assert len(cache) <= 3
    assert [is_wiped(secret) for secret in secrets] == [True, True, False, False, False]
    cache.clear()
    assert all(is_wiped(secret) for secret in secrets)


def test_a_cached_key_is_found_after_the_erasure_until_its_time_is_over_and_no_longer() -> None:
    """What the receipt says of the memory of functions."""
    clock = Clock()
    room = Room(clock, cache=cached(clock))
    sealed = room.entry(1)
    room.erase(ANNA)
    assert room.open(sealed) == FIELDS
    clock.at_ms += 60_000
    with pytest.raises(Erased):
        room.open(sealed)


def test_without_a_cache_keys_are_wiped_after_each_use() -> None:
    """The bytes that were unwrapped are zeros when the call returns."""
    seen: list[bytearray] = []

    class Watched(LocalKeyWrapper):
        """Remembers what it handed out."""

        def unwrap(self, wrapped: bytes, reference: str) -> bytearray:
            """Remember it."""
            seen.append(super().unwrap(wrapped, reference))
            return seen[-1]

        def make(self, reference: str) -> tuple[bytearray, bytes]:
            """Remember it."""
            material, wrapped = super().make(reference)
            seen.append(material)
            return material, wrapped

    room = Room()
    room.vault = SubjectVault(
        vault=room.kept, wrapper=Watched(b"\x01" * 32), register=room.register, clock=room.clock
    )
    sealed = room.entry(1)
    room.open(sealed)
    with room.vault.opened(ANNA) as reader:
        assert reader.pseudonym == sealed.subject
        assert [each == bytearray(64) for each in seen] == [True, True, True, False]
    assert all(each == bytearray(64) for each in seen)


def test_keys_are_not_shown_by_their_repr() -> None:
    """A log line or a traceback that shows them shows their name only."""
    assert "07" not in repr(keys())
