"""Watching a drill changes nothing in it, and sees what the evidence says afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopilot_lab.drill.live.machine import in_order
from autopilot_lab.drill.live.scene import Scene, Standing
from autopilot_lab.drill.live.screen import Controls, screen
from autopilot_lab.drill.result import DrillResult
from tests.drill.live.conftest import CONTROLS, SHOWN, SIZE, Watched
from tests.golden.transcripts import COMMAND, path_of, transcript


def as_json(result: DrillResult) -> str:
    """The result but for the real time it took, as `--json` prints it."""
    return json.dumps({**result.to_dict(), "wall_seconds": 0}, indent=2, ensure_ascii=False)


def shown(scene: Scene, size: tuple[int, int] = SIZE, controls: Controls = CONTROLS) -> str:
    """The screen as text."""
    return "\n".join(line.plain for line in screen(scene, controls, *size))


def test_the_result_is_the_same_bytes_with_and_without_somebody_watching(
    watched: Watched, unwatched: DrillResult
) -> None:
    """The view looks between two instants; it makes no call and draws no random number."""
    assert as_json(watched.result) == as_json(unwatched)


def test_the_story_is_the_kept_transcript(unwatched: DrillResult) -> None:
    """What `make drill` prints where there is no terminal."""
    kept: Path = path_of("direct-path-brownout")
    assert transcript(unwatched) == kept.read_text("utf-8"), f"if it should differ: {COMMAND}"


def test_every_effect_is_seen_as_the_evidence_has_it(watched: Watched) -> None:
    """Entry by entry, though the journal is emptied every minute."""
    seen = [(e.entry_id, e.act, e.before, e.after) for e in watched.at(1800.0).evidence.effects]
    known = [(e.entry_id, e.act, e.before, e.after) for e in watched.result.evidence.effects]
    assert seen == known
    assert seen


def test_alarms_pages_and_runs_are_seen_as_the_evidence_has_them(watched: Watched) -> None:
    """At the last moment nothing is missing."""
    seen, known = watched.at(1800.0).evidence, watched.result.evidence
    assert (seen.alarms, seen.pages) == (tuple(known.alarms), tuple(known.pages))
    assert [(r.name, r.status, list(r.states)) for r in seen.runs] == [
        (r.name, r.status, list(r.states)) for r in known.runs
    ]


def test_a_refusal_is_shown_with_its_reason(watched: Watched) -> None:
    """The second region's alarm comes when the route has been contained."""
    refused = [one for one in watched.at(340.0).decisions if not one.permitted]
    assert [one.act for one in refused] == ["contain"]
    assert "eu-central-1/direct was contained; nothing more until" in refused[0].why
    assert "✗ refused contain" in shown(watched.at(340.0))


def test_permits_are_shown_in_the_order_they_were_given(watched: Watched) -> None:
    """The lease is taken before what is done under it, and returned after."""
    permitted = [one.act for one in watched.at(1800.0).decisions if one.permitted and one.at >= 0]
    assert permitted == ["contain", "take lease", "advance", "return lease"]


def test_the_machine_shows_where_the_run_is_and_where_it_has_been(watched: Watched) -> None:
    """Now, passed with the number of times, and not yet."""
    text = shown(watched.at(400.0))
    assert "▶ Let the step bake" in text
    assert "✓ Take the lease" in text
    assert "· Undo the ramp" in text


def test_states_stand_in_the_order_in_which_a_run_comes_by_them(watched: Watched) -> None:
    """Each once, those inside a state before what follows it."""
    machine = watched.at(400.0).machine
    assert machine is not None
    order = in_order(machine)
    assert sorted(order) == sorted(node.name for node in machine.nodes)
    path = ["Plan the ramp", "Take the lease", "Apply the step", "Judge the step", "Report the run"]
    assert sorted(path, key=order.index) == path


def test_the_clock_and_the_distance_from_the_fault_are_in_the_first_line(watched: Watched) -> None:
    """Before, after, and when it is mitigated."""
    first = [shown(watched.at(second)).split("\n")[0] for second in SHOWN]
    assert "warming up, 600 s to go" in first[0]
    assert "fault in 13 s" in first[1]
    assert "00:05:40.0 of 00:30:00  fault +27.0 s" in first[2]
    assert "mitigated after" in first[4]


def test_an_alarm_stands_beside_its_route(watched: Watched) -> None:
    """One column for each region that watches."""
    route = next(t for t in shown(watched.at(340.0)).split("\n") if "eu-central-1/direct " in t)
    assert route.count("● ALARM") == 2


def test_what_is_told_at_the_end_is_not_claimed_before(watched: Watched) -> None:
    """The trail is read back, and the reflex measured, when the drill is over."""
    later = [o.sentence for o in watched.at(1800.0).outlooks if o.standing is Standing.LATER]
    assert len(later) == 2
    held = [o for o in watched.at(1800.0).outlooks if o.standing is Standing.HOLDS]
    assert len(held) == sum(c.finding.held for c in watched.result.checked) - len(later)


def test_nothing_holds_before_the_drill_has_begun(watched: Watched) -> None:
    """The warm-up is no evidence."""
    assert not [o for o in watched.at(-600.0).outlooks if o.standing is Standing.HOLDS]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (80, 40), (116, 30), (140, 40), (220, 70)])
@pytest.mark.parametrize("second", SHOWN)
def test_a_screen_has_the_size_of_the_terminal(
    second: float, size: tuple[int, int], watched: Watched
) -> None:
    """No line is longer or shorter, so that every frame covers the one before."""
    lines = screen(watched.at(second), CONTROLS, *size)
    assert ({line.cell_len for line in lines}, len(lines)) == ({size[0]}, size[1])


@pytest.mark.parametrize("size", [(80, 24), (80, 40), (140, 40)])
def test_every_part_is_on_the_usual_sizes(size: tuple[int, int], watched: Watched) -> None:
    """On 80 columns and 24 rows expectations are counted rather than listed."""
    text = shown(watched.at(400.0), size)
    parts = ("what clients feel", "allocation version 3", "traffic_ramp", "gate ", "pages 1 sent")
    assert [part for part in (*parts, "expectations ✓") if part not in text] == []


def test_without_a_keyboard_only_the_signal_is_offered(watched: Watched) -> None:
    """Keys that do nothing are not named."""
    controls = Controls(rate=6.0, paused=False, has_keyboard=False)
    last = shown(watched.at(340.0), controls=controls).splitlines()[-1]
    assert (last.count("Ctrl-C"), last.count("pause")) == (1, 0)


def test_news_is_noted_at_the_next_look(watched: Watched) -> None:
    """The first after the fault is the alarm, and what it sets off within the same half second."""
    first = next(at for at in watched.onlooker.news if at > 313)
    alarm = next(a.at for a in watched.result.evidence.alarms if a.at > 313)
    assert first - 0.5 < alarm <= first
