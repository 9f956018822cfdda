"""The reference profile, a second one, and everything that is wrong with a third."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.contradictions import ENTRY_BYTES_MAX, entry_bytes_max
from autopilot.domain.plan import ActKind, Bounds
from autopilot.domain.profile import Profile, json_schema
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State, judge
from autopilot.errors import BadInput
from autopilot.gate.entries import Entry
from autopilot.gate.sizing import value_bytes

ROOT = Path(__file__).resolve().parents[2]
PROFILE_LAYER = ROOT / "layers/profile"
REFERENCE = (PROFILE_LAYER / "profile/profile.toml").read_text(encoding="utf-8")
SECOND = (ROOT / "tests/fixtures/second_profile.toml").read_text(encoding="utf-8")


def problems(text: str) -> dict[str, tuple[str, str]]:
    """Expected and got by key, of a profile that is refused."""
    with pytest.raises(BadInput) as refused:
        Profile.load(text)
    return {each.key: (each.expected, each.got) for each in refused.value.problems}


def changed(*changes: tuple[str, str], text: str = REFERENCE) -> str:
    """The text with each first occurrence replaced; every one has to occur."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_the_reference_profile_says_what_the_service_needs() -> None:
    """Its own numbers, once."""
    profile = Profile.load(REFERENCE)
    assert profile.pages.stopped is Severity.P0
    assert str(profile.baseline()) == "eu-central-1/direct=60,mcp=30 eu-west-1/direct=5,mcp=5"
    assert profile.proven[Route("eu-west-1", "direct")] == 40
    assert (profile.thresholds.guard_ppm, profile.thresholds.tolerance_ppm) == (50_000, 10_000)
    assert profile.thresholds.confidence_ppm == 950_000
    assert profile.objectives.error_rate_ppm == 1_000
    assert profile.bounds(ActKind.RAMP_DOWN) == Bounds(25, 300, runs_max=3, window_seconds=3_600)
    assert profile.bounds(ActKind.CONTAIN).points_per_step_max == 50


def test_another_service_needs_no_other_code() -> None:
    """Other regions, three paths, other numbers."""
    profile = Profile.load(SECOND)
    assert len(profile.routes) == 6
    assert profile.bounds(ActKind.RAMP_UP) == Bounds(5, 900, runs_max=1, window_seconds=14_400)
    assert profile.thresholds.confidence_ppm == 990_000


@pytest.mark.parametrize("text", [REFERENCE, SECOND])
def test_a_quiet_route_can_be_called_healthy(text: str) -> None:
    """The smallest sample, without a failure, has to be enough, or no ramp of it would end."""
    lines = Profile.load(text).thresholds
    assert judge(lines.sample_min, 0, lines, 0).state is State.HEALTHY


def test_the_schema_beside_the_profile_is_the_models_own() -> None:
    """`json_schema()` written with two spaces and a line end."""
    written = (PROFILE_LAYER / "profile.schema.json").read_text(encoding="utf-8")
    assert written == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def test_every_key_of_the_profile_is_in_the_schema() -> None:
    """Sections by name; unknown ones are forbidden."""
    schema = json.loads((PROFILE_LAYER / "profile.schema.json").read_text(encoding="utf-8"))
    assert set(tomllib.loads(REFERENCE)) == set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_a_wrong_profile_is_refused_with_every_error_at_once() -> None:
    """Wrong types, missing and unknown keys, and contradictions between keys, in one refusal."""
    found = problems(
        changed(
            ("p95_latency_ms = 1000", 'p95_latency_ms = "fast"'),
            ("sample_min = 300", "sample_max = 300"),
            ("tolerance_percent = 1.0", "tolerance_percent = 9.0"),
            ('home = "eu-central-1"', 'home = "eu-central-2"'),
            ("baseline_percent = 60", "baseline_percent = 61"),
            ("poll_seconds = 15", "poll_seconds = 90"),
            ('refused = "P1"', 'refused = "P7"'),
            ("rto_minutes = 240", "rto_minutes = 0"),
        )
    )
    assert found["objectives.p95_latency_ms"] == ("a whole number", "'fast'")
    assert found["verdict.sample_min"] == ("a value", "nothing")
    assert found["verdict.sample_max"] == ("no such field", "300")
    assert found["verdict.tolerance_percent"] == ("at most verdict.guard_percent, 5.0", "9.0")
    assert "one DynamoDB region set" in found["regions"][0]
    assert found["regions"][1] == "eu-central-2, eu-west-1, eu-west-3"
    assert found["regions.home"][1] == "eu-central-2"
    assert found["routes[0]"][1] == "eu-central-1/direct"
    assert found["routes.baseline_percent"] == ("a sum of 100", "101")
    assert found["ramp.poll_seconds"] == ("at most ramp.bake_seconds, 60", "90")
    assert found["pages.refused"] == ("'P0', 'P1', 'P2' or 'P3'", "'P7'")
    assert found["objectives.rto_minutes"] == ("at least 1", "0")


ROLLBACK_ASKS = """[approvals.emergency_rollback]
needed = true
severity = "P1"
expires_minutes = 15
approvers = ["*/*"]
break_glass = true
"""
#: One change of the reference profile, the key it is refused at, and words of what was expected.
CONTRADICTIONS = [
    (('observer = "eu-west-3"', 'observer = "eu-west-1"'), "regions", "three different regions"),
    (('observer = "eu-west-3"', 'observer = "us-east-1"'), "regions", "region set"),
    (('"eu-west-1", "eu-west-3",\n]', '"eu-west-1",\n]'), "regions.observer", "residency"),
    (('paths = ["direct", "mcp"]', 'paths = ["direct", "direct"]'), "paths[1]", "once"),
    (('path = "mcp"', 'path = "direct"'), "routes[1]", "each route once"),
    (('path = "mcp"', 'path = "other"'), "routes", "eu-central-1/mcp"),
    (("baseline_percent = 5\n", "baseline_percent = 4\n"), "routes.baseline_percent", "100"),
    (
        ("proven_capacity_percent = 100", "proven_capacity_percent = 59"),
        "routes[0].baseline_percent",
        "proven capacity, 59",
    ),
    (("guard_percent = 5.0", "guard_percent = 0.5"), "verdict.tolerance_percent", "at most"),
    (
        ("tolerance_percent = 1.0", "tolerance_percent = 0.05"),
        "verdict.tolerance_percent",
        "at least objectives.error_rate_percent",
    ),
    (("poll_seconds = 15", "poll_seconds = 61"), "ramp.poll_seconds", "bake_seconds, 60"),
    (("25, 50, 100]", "25, 50]"), "ramp.up_marks_percent", "up to 100"),
    (("[1, 5, 10", "[5, 5, 10"), "ramp.up_marks_percent", "rising"),
    (
        ("floor_percent = 60", "floor_percent = 131"),
        "rails.healthy_capacity_floor_percent",
        "at most 130",
    ),
    (
        ("[calendar]", f"{ROLLBACK_ASKS}[calendar]"),
        "approvals.emergency_rollback",
        "no such kind",
    ),
]


@pytest.mark.parametrize("change, key, expected", CONTRADICTIONS)
def test_keys_that_contradict_each_other_are_refused(
    change: tuple[str, str], key: str, expected: str
) -> None:
    """Although each is right by itself."""
    assert expected in problems(changed(change))[key][0]


def test_names_too_long_for_a_journal_entry_are_refused() -> None:
    """The ledger's item has no room for them, which must not show at three in the morning."""
    long = {"batch": "overnight-batch", "direct": "straight-bedroc", "mcp": "through-mcp-rou"}
    text = SECOND
    for old, new in long.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    assert f"at most {ENTRY_BYTES_MAX} bytes" in problems(text)["routes"][0]


def test_the_longest_entry_is_counted_as_it_is_written() -> None:
    """No entry of the gate's is longer than the estimate, and the estimate wastes little."""
    profile = Profile.load(SECOND)
    pairs = [(each.region, each.path) for each in profile.routes]
    even = Allocation.of(
        dict(zip(profile.baseline().routes, [20, 16, 16, 16, 16, 16], strict=True))
    )
    entry = Entry(
        act="ramp_down",
        runbook="emergency_rollback",
        digest="0" * 64,
        before=even,
        after=even,
        epoch=10**11,
        version=10**11,
        fence=10**11,
        route="us-east-1/direct",
    )
    size = value_bytes(entry.to_item())
    assert size <= entry_bytes_max(pairs) <= size + 8


@pytest.mark.parametrize(
    "text", ["", "routes = 3\nregions = []", "= nonsense", "schema_version = 2"]
)
def test_a_text_that_is_no_profile_is_refused(text: str) -> None:
    """Never with an error that is not ours."""
    assert problems(text)


def test_a_profile_is_frozen() -> None:
    """It is read once and shared."""
    profile: Any = Profile.load(REFERENCE)
    with pytest.raises(ValueError, match="frozen"):
        profile.service.name = "other"


def test_a_profile_built_from_objects_is_checked_too() -> None:
    """There is no way around the contradictions."""
    profile = Profile.load(REFERENCE)
    halved = [each.model_copy(update={"baseline_percent": 25}) for each in profile.routes[:3]]
    with pytest.raises(BadInput, match="a sum of 100"):
        Profile(**{**dict(profile), "routes": (*halved, profile.routes[3])})


@pytest.mark.parametrize(
    "old, new, key",
    [
        ("https://eu-central-1.api.matbakh.app/", "https://example.org/", "targets[0].url"),
        ("https://eu-west-1.api", "https://eu-central-1.api", "targets[1].url"),
        ("https://eu-west-1.api", "http://eu-west-1.api", "targets[1].url"),
        ("https://eu-west-1.api", "https://user@eu-west-1.api", "targets[1].url"),
        ("https://eu-west-1.api.matbakh.app", "https://10.0.0.1", "targets[1].url"),
        ("//eu-west-1.api.matbakh.app", "//eu-west-1.api.matbakh.app:81", "targets[1].url"),
        ("https://checkip.amazonaws.com/", "https://status.api.matbakh.app/", "control"),
        ("timeout_seconds = 3", "timeout_seconds = 5", "timeout_seconds"),
        ("interval_seconds = 10", "interval_seconds = 20", "interval_seconds"),
        ("fresh_seconds = 150", "fresh_seconds = 60", "fresh_seconds"),
    ],
)
def test_probes_go_nowhere_but_to_the_service_and_its_control(old: str, new: str, key: str) -> None:
    """An address that is not the service's, or could be something else, is refused by its key."""
    assert f"probes.{key}" in problems(changed((old, new)))


def test_each_region_that_serves_is_probed_once() -> None:
    """A region that nobody looks at could never be called lost, or well."""
    text = changed(
        ('[[probes.targets]]\nregion = "eu-west-1"', '[[probes.targets]]\nregion = "eu-west-3"')
    )
    assert problems(text)["probes.targets"] == (
        "one each for eu-central-1 and eu-west-1",
        "eu-central-1, eu-west-3",
    )
