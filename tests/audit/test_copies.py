"""Every copy of the archive is checked, also the one that nobody had to read.

The log lies in packs in two copies. Whoever writes one of them has all of its keys; a lock keeps
old versions there, and keeps nobody from putting a mark or a new version over them.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import combinations_with_replacement

import pytest

from autopilot.audit.damage import COPY_UNREAD, Damage, Kind
from autopilot.audit.layout import segment_key
from autopilot.audit.tiered import TieredTrail
from autopilot.domain.retention import RetentionClass
from autopilot.errors import Misconfigured, Refused, Transient
from autopilot.ports.trail import TrailStore
from tests.audit.archived_trail import (
    ATTACKS,
    HOME,
    STANDBY,
    Archived,
    ReadStore,
    SilentStore,
    forged,
    hidden,
    missing,
    moved,
    present,
    told,
    verified,
)
from tests.audit.memory_trail import manifests, packed


@pytest.fixture(scope="module")
def made() -> Archived:
    """A log and its copies that nobody has touched."""
    return moved()


@pytest.fixture
def archived(made: Archived) -> Archived:
    """A copy of it, to do things to."""
    return copy.deepcopy(made)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_two_whole_copies_are_told_to_be_whole(
    archived: Archived, threads: int, *, full: bool
) -> None:
    """So that what is found in the other tests is theirs."""
    found = archived.verify(full=full, threads=threads)
    assert (found.exit_code, found.damages, found.segments) == (0, [], 12)
    assert found.copies == {HOME: "whole", STANDBY: "whole"}


def test_a_daily_pass_reads_each_pack_once_and_lists_each_copy_once(archived: Archived) -> None:
    """The second copy is checked by its list alone; a full pass reads every pack of both."""
    archived.verify()
    keys = sorted(name.key for name in archived.names()[:4])
    assert (sorted(archived.home.read), archived.standby.read) == (keys, [])
    assert (archived.home.listed, archived.standby.listed) == (1, 1)
    archived.verify(full=True)
    assert sorted(archived.standby.read) == keys


def test_a_log_without_an_archive_is_asked_nothing_more(archived: Archived) -> None:
    """The same reads and lists, whether it could have an archive or not."""
    log = ReadStore()
    log.versions = archived.trail.store.versions
    verified(log, archived)
    plain, log.read = log.read, []
    verified(TieredTrail(log, {}), archived)
    assert (log.read, log.listed) == (plain, 2)


# -- what can be done to a copy ----------------------------------------------------------------


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("where", [HOME, STANDBY])
@pytest.mark.parametrize("attack", ATTACKS)
def test_damage_to_either_copy_is_named_and_the_log_is_whole(
    archived: Archived, attack: str, where: str, *, full: bool
) -> None:
    """Whichever copy is read first, daily and in full: one damage, by copy and key."""
    act, kind = ATTACKS[attack]
    name = archived.names()[1]
    act(archived.home if where == HOME else archived.standby, name)
    found = archived.verify(full=full, threads=2)
    assert told(found) == [(where, name.key, kind)]
    assert (found.exit_code, found.is_log_whole, found.segments) == (kind.value, True, 12)
    assert found.copies[where] == "damaged"


@pytest.mark.parametrize("here, there", list(combinations_with_replacement(ATTACKS, 2)))
def test_damage_to_both_copies_is_no_loss_while_each_pack_is_whole_in_one(
    archived: Archived, here: str, there: str
) -> None:
    """One pack here and another one there: both are named, and every entry is read."""
    one, other = archived.names()[1:3]
    ATTACKS[here][0](archived.home, one)
    ATTACKS[there][0](archived.standby, other)
    found = archived.verify()
    assert set(told(found)) == {
        (HOME, one.key, ATTACKS[here][1]),
        (STANDBY, other.key, ATTACKS[there][1]),
    }
    assert (found.is_log_whole, found.entries) == (True, 36)


def test_a_pack_that_is_forged_in_every_copy_is_told_by_its_segments(archived: Archived) -> None:
    """They are not missing: other bytes lie in their place."""
    name = archived.names()[1]
    for place in (archived.home, archived.standby):
        forged(place, name)
    found = archived.verify(full=True)
    assert {(each.kind, each.key) for each in found.in_log} == {
        (Kind.SEGMENT_CHANGED, segment_key(0)),
        (Kind.SEGMENT_CHANGED, segment_key(2)),
    }
    assert found.copies == {HOME: "damaged", STANDBY: "damaged"}


def test_a_damage_says_what_was_expected_and_got(archived: Archived) -> None:
    """Who repairs must know what lies there, and that the lock still holds what is beneath."""
    name = archived.names()[0]
    hidden(archived.standby, name)
    (damage,) = archived.verify().damages
    size = len(present(archived.home, name))
    assert str(damage) == (
        f"{STANDBY}: {name.key}: copy missing: expected a pack of {size} bytes,"
        " got a mark of deletion"
    )
    assert damage.to_dict()["copy"] == STANDBY


def test_rot_that_no_list_shows_is_found_by_reading(archived: Archived) -> None:
    """In the copy that is read daily at once; in the other one by the next full pass."""
    name = archived.names()[2]
    for store, daily in ((archived.home, 1), (archived.standby, 0)):
        rotten = copy.deepcopy(archived)
        place = rotten.home if store is archived.home else rotten.standby
        place.overwrite(name.key, b"rot" + present(archived.home, name)[3:])
        assert len(rotten.verify().damages) == daily
        assert [kind for *_, kind in told(rotten.verify(full=True))] == [Kind.COPY_CHANGED]


def test_a_pack_that_is_gone_from_every_copy_is_a_loss(archived: Archived) -> None:
    """That has the segments' own kind and place, before anything about copies."""
    name = archived.names()[1]
    missing(archived.home, name)
    hidden(archived.standby, name)
    found = archived.verify()
    assert found.exit_code == Kind.SEGMENT_MISSING.value
    assert not found.is_log_whole
    assert {each.key for each in found.in_log} == {segment_key(0), segment_key(2)}


def test_a_wiped_copy_is_named_pack_by_pack(archived: Archived) -> None:
    """Also when nothing at all is left of it, and when it is the one that is read first."""
    archived.home.versions.clear()
    found = archived.verify()
    assert told(found) == [(HOME, name.key, Kind.COPY_MISSING) for name in archived.names()[:4]]


@pytest.mark.parametrize(
    "key, kind",
    [
        ("legal/1999-01-01/000000000000-000000000001.pack.zst", Kind.COPY_OVERLAPS),
        ("security/2026-09-21/000000000000-999999999999.pack.zst", Kind.COPY_OVERLAPS),
        ("legal/2026-09-21/000000009000-000000009001.pack.zst", Kind.COPY_EXTRA),
        ("legal/today/000000000000-000000000001.pack.zst", Kind.COPY_EXTRA),
        ("legal/20260921/000000000000-000000000001.pack.zst", Kind.COPY_EXTRA),
        ("a key of somebody else", Kind.COPY_EXTRA),
    ],
)
@pytest.mark.parametrize("where", [HOME, STANDBY])
def test_what_is_no_pack_of_the_log_is_named_and_hides_nothing(
    archived: Archived, where: str, key: str, kind: Kind
) -> None:
    """Even a forged pack over true ones: each segment still comes from the true one."""
    store = archived.home if where == HOME else archived.standby
    store.put(key, present(archived.home, archived.names()[0]))
    found = archived.verify()
    assert told(found) == [(where, key, kind)]
    assert (found.segments, found.is_log_whole) == (12, True)


@pytest.mark.parametrize("span", [(0, 0), (0, 1), (0, 3), (1, 2), (2, 2)])
def test_a_forged_pack_of_the_same_class_and_day_hides_nothing(
    archived: Archived, span: tuple[int, int]
) -> None:
    """Its name fits the log's manifests, and its content does not: the true one is read."""
    name = archived.names()[1]
    forged_name = replace(name, first=span[0], last=span[1])
    archived.home.put(forged_name.key, present(archived.home, name))
    forged(archived.home, forged_name)
    found = archived.verify()
    assert (HOME, forged_name.key) in {(each.copy, each.key) for each in found.damages}
    assert {each.copy for each in found.damages} == {HOME}
    assert (found.is_log_whole, found.entries) == (True, 36)


def test_a_mark_over_a_foreign_key_is_no_damage(archived: Archived) -> None:
    """Somebody has cleaned up."""
    archived.home.put("foreign", b"1")
    archived.home.hide("foreign")
    assert archived.verify().damages == []


# -- a copy that does not answer ---------------------------------------------------------------

SAID = [Transient("no answer"), Misconfigured("AccessDenied"), Refused("no such bucket")]


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said).__name__)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("lists", [True, False])
def test_a_copy_that_does_not_answer_is_neither_whole_nor_damaged(
    archived: Archived, said: Exception, *, first: bool, lists: bool
) -> None:
    """It is asked once and no more, and the log is read from the other one."""
    silent = SilentStore(said, lists=archived.home if lists else None)
    places: dict[str, TrailStore] = {HOME: silent, STANDBY: archived.standby}
    if not first:
        places = {STANDBY: archived.standby, HOME: silent}
    found = verified(TieredTrail(archived.trail.store, places), archived, full=True)
    assert (found.damages, found.segments, found.unread) == ([], 12, {HOME: str(said)})
    assert found.copies[HOME] == "unread"
    assert found.exit_code == COPY_UNREAD
    assert silent.asked == 1


def test_damage_beside_a_copy_that_does_not_answer_has_its_own_code(archived: Archived) -> None:
    """Both are told."""
    name = archived.names()[0]
    missing(archived.standby, name)
    silent = SilentStore(Transient("no answer"))
    places = {HOME: archived.home, STANDBY: archived.standby, "folder": silent}
    found = verified(TieredTrail(archived.trail.store, places), archived)
    assert told(found) == [(STANDBY, name.key, Kind.COPY_MISSING)]
    assert found.copies == {HOME: "whole", STANDBY: "damaged", "folder": "unread"}
    assert found.exit_code == Kind.COPY_MISSING.value


def test_a_log_of_which_no_copy_answers_cannot_be_verified(archived: Archived) -> None:
    """That is no loss: the same pass may find everything in a moment."""
    silent = SilentStore(Transient("no answer"))
    with pytest.raises(Transient, match="eu-west-1: no answer"):
        verified(TieredTrail(archived.trail.store, {STANDBY: silent}), archived)


# -- what is on its way, and what was let go ---------------------------------------------------


def test_a_pack_on_its_way_is_no_damage(archived: Archived) -> None:
    """It lies in one copy, and every segment of it in the log still."""
    name = archived.names()[4]
    archived.home.put(name.key, packed(archived.trail, name))
    assert archived.verify().damages == []
    assert archived.verify(full=True).damages == []


def test_a_pack_on_its_way_that_is_wrong_in_both_copies_is_named(archived: Archived) -> None:
    """Nobody reads it yet, and both lists agree; its size is not what follows from the log."""
    name = archived.names()[4]
    for store in (archived.home, archived.standby):
        store.put(name.key, packed(archived.trail, name)[:-1])
    assert told(archived.verify()) == [
        (where, name.key, Kind.COPY_CHANGED) for where in (HOME, STANDBY)
    ]


def test_a_segment_is_read_also_where_the_log_lost_its_manifest(archived: Archived) -> None:
    """And no copy is accused for it."""
    name, versions = archived.names()[1], archived.trail.store.versions
    for bundle in [key for key in versions if key.startswith("tile/entries/")]:
        del versions[bundle]
    tiered = archived.tiered()
    stored = tiered.get(segment_key(0))
    assert stored is not None
    assert stored.body in present(archived.home, name)
    assert tiered.faults == {}


def test_a_pack_that_came_while_the_other_copy_was_listed_is_no_damage(
    archived: Archived,
) -> None:
    """A list is old by a moment; what lies there now decides."""
    name = archived.names()[0]
    kept = archived.standby.versions.pop(name.key)
    tiered = archived.tiered()
    assert not any(name in copy.listed for copy in tiered.copies[1:])
    archived.standby.versions[name.key] = kept
    assert verified(tiered, archived).damages == []


def test_what_was_let_go_may_lie_in_one_copy_still(archived: Archived) -> None:
    """The ledger lets go first, and each copy is emptied after it."""
    ended = {"operations": manifests(archived.trail)[8].sealed_ms}
    for name in archived.names()[:4]:
        if name.retention is RetentionClass.OPERATIONS:
            missing(archived.home, name)
    found = archived.verify(ended=ended)
    assert (found.damages, found.ended) == ([], 4)


def test_packs_outside_the_time_that_is_asked_for_are_not_judged(archived: Archived) -> None:
    """As their segments are not; what is no pack at all is named all the same."""
    missing(archived.standby, archived.names()[0])
    archived.standby.put("foreign", b"1")
    since = manifests(archived.trail)[4].first_ms
    assert told(archived.verify(since_ms=since)) == [(STANDBY, "foreign", Kind.COPY_EXTRA)]


def test_copies_are_not_accused_by_manifests_that_nobody_signed(archived: Archived) -> None:
    """A changed bundle is named; which packs there must be cannot be told by it."""
    store = archived.trail.store
    (bundle,) = (key for key in store.versions if key == "tile/entries/000.p/12")
    body = store.versions[bundle][-1][1] or b""
    store.overwrite(bundle, body.replace(b'"count":3', b'"count":4', 1))
    found = archived.verify()
    assert found.exit_code == Kind.MANIFEST_CHANGED.value
    assert {each.copy for each in found.damages} == {None}
    assert found.copies == {}


@pytest.mark.parametrize("both", [True, False])
def test_digests_that_are_none_cost_a_reading_and_accuse_nobody(
    archived: Archived, *, both: bool
) -> None:
    """Of buckets with keys of their own, and of folders: the bytes decide."""
    for store in (archived.standby, archived.home)[: 1 + both]:
        store.attested = dict.fromkeys(store.attested, "")
    assert archived.verify().damages == []
    assert set(archived.standby.read) == {name.key for name in archived.names()[:4]}


def test_kinds_of_copies_are_told_from_losses() -> None:
    """Which decides who is woken."""
    assert [kind for kind in Kind if kind.is_of_a_copy] == [
        kind for kind in Kind if kind.name.startswith("COPY_")
    ]
    assert Damage(Kind.EXTRA_OBJECT, "x", "y").to_dict()["copy"] is None
