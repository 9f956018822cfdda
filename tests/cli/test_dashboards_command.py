"""`autopilot dashboards`: what is refused before anything is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot_cli.main import main


@pytest.mark.parametrize("name", ["boards.txt", "missing/boards.html"])
def test_a_file_that_could_not_be_written_is_refused_first(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", "--html", str(tmp_path / name)])
    said = capsys.readouterr().err

    assert ended.value.code == 2
    assert "expected  a file ending in .html in a folder that exists" in said
    assert "mkdir -p" in said


def test_a_scenario_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by `autopilot drill`."""
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", "no-such-drill", "--html", str(tmp_path / "boards.html")])

    assert ended.value.code == 2
    assert "no-such-drill" in capsys.readouterr().err
