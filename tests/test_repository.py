"""The files around the code: complete, numbered, pinned, and telling nothing of one machine."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from autopilot.compliance.check import CONTROLS

ROOT = Path(__file__).resolve().parent.parent
ADR_FOLDER = ROOT / "docs" / "adr"
ADR_HEADINGS = ["Context", "Options", "Outcome", "Consequences"]
LISTS = ("local", "layer", "dev", "build", "scan")
NOT_OURS = {".git", ".aws-sam", ".hypothesis", "__pycache__", "build"}

# Written in pieces, or this file would be its own first find.
FORBIDDEN = {
    "a folder of one machine": re.compile(r"(?<![\w.])/" + r"(?:work|root|home|tmp/w)/"),
    "a package index": re.compile(r"python" + r"hosted|pypi\." + r"org", re.IGNORECASE),
    "an option that names an index": re.compile(r"--(?:extra-index|index|find)" + "-(?:url|links)"),
    "an AWS access key": re.compile(r"\bAKIA" + r"[0-9A-Z]{16}\b"),
    "a private key": re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----"),
}

# One of each, taken apart likewise.
FOUND = {
    "a folder of one machine": "cd /" + "home/me/src",
    "a package index": "https://files.python" + "hosted.org/x",
    "an option that names an index": "--extra-index" + "-url=x",
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a private key": "-----BEGIN EC " + "PRIVATE KEY-----",
}


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the tree, but for what make and tools put there."""
    for folder, inner, names in os.walk(ROOT):
        inner[:] = sorted(name for name in inner if is_ours(Path(folder) / name))
        for path in (Path(folder) / name for name in sorted(names)):
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def is_ours(folder: Path) -> bool:
    """Whether a folder holds what people wrote."""
    made = folder.name in NOT_OURS or folder.name.startswith(".venv")
    return not made and folder != ROOT / "layers" / "dependencies" / "python"


def finds(text: str) -> list[str]:
    """What a text gives away, by the names above."""
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_no_file_tells_of_one_machine_or_keeps_a_secret() -> None:
    """Paths, indexes and keys of whoever worked here stay out of the files."""
    assert {str(path): found for path, text in texts() if (found := finds(text))} == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_must_not_be_there_would_be_found(what: str) -> None:
    """Each pattern finds an example of what it is for, and nothing else does."""
    assert finds(FOUND[what]) == [what]


@pytest.mark.parametrize(
    "innocent",
    ["pip-compile --no-emit-index-url --no-emit-find-links", "runs/work/done", "/opt/profile"],
)
def test_ordinary_words_are_not_found(innocent: str) -> None:
    """What merely looks alike is let through."""
    assert finds(innocent) == []


def test_decision_records_are_numbered_without_a_gap() -> None:
    """0001, 0002, … each once: a decision is replaced by a later one, never removed."""
    numbers = [int(path.name[:4]) for path in sorted(ADR_FOLDER.glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


@pytest.mark.parametrize("path", sorted(ADR_FOLDER.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_record_has_every_part(path: Path) -> None:
    """Number and title, a status, then context, options, outcome and consequences."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"# {path.name[:4]}: \S.*", lines[0])
    assert re.fullmatch(r"Status: (?:accepted|replaced by \d{4})", lines[2])
    assert [line[3:] for line in lines if line.startswith("## ")] == ADR_HEADINGS


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    """A user-visible change is written down where the next reader looks for it."""
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    """Each block of a compiled list is one exact version with at least one SHA-256."""
    assert unpinned((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")) == []


def test_an_unpinned_or_unhashed_requirement_would_be_found() -> None:
    """The check above names the block that lacks something."""
    good = f"click==8.1 \\\n    --hash=sha256:{'a' * 64}\n    # via thing\n"
    assert unpinned(good) == []
    assert unpinned(good + "rich==15.0\n") == ["rich==15.0"]
    assert unpinned(good.replace("==", ">=")) == ["click>=8.1"]


def unpinned(text: str) -> list[str]:
    """The requirements of a list that name no exact version or no hash."""
    blocks = re.split(r"\n(?=[a-zA-Z])", "\n" + re.sub(r"(?m)^ *#.*\n?", "", text))[1:]
    whole = re.compile(
        r"[\w.-]+==[\w.]+(?: ; .+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+"
    )
    return [block.split()[0] for block in blocks if not whole.fullmatch(block.strip() + "\n")]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_was_compiled_from_its_source(name: str) -> None:
    """A package named in the source is pinned in the list; nobody forgot to compile."""
    folder = ROOT / "requirements"
    pinned = re.findall(r"(?m)^([\w.-]+)==", (folder / f"{name}.txt").read_text(encoding="utf-8"))
    wanted = re.findall(r"(?m)^([\w.-]+)", (folder / f"{name}.in").read_text(encoding="utf-8"))
    assert {plain(name) for name in wanted if not name.startswith("-")} <= set(map(plain, pinned))


def plain(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_linters_forgive_nothing_without_a_reason() -> None:
    """Each ignored rule in pyproject.toml carries a comment that says why."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["tool"]["ruff"]["lint"]["select"] == ["ALL"]
    ignored = re.findall(r'(?m)^ {4}"[A-Z]+\d*",? .*$', text)
    assert ignored
    assert [line for line in ignored if not re.search(r'", +# \S', line)] == []


def test_links_between_documents_lead_somewhere() -> None:
    """A relative link in a document names a file that is there."""
    broken = [
        f"{path}: {target}"
        for path, text in texts()
        if path.suffix == ".md"
        for target in re.findall(r"\]\((?![a-z]+:)([^)#]+)", text)
        if not (ROOT / path.parent / target).exists()
    ]
    assert broken == []


def test_the_licence_is_there_in_full() -> None:
    """The licence that pyproject.toml names is the one in the file."""
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_readme_shows_what_the_headline_drill_prints() -> None:
    """Each line of the shortened story stands in the whole one, which another test holds."""
    told = (ROOT / "README.md").read_text("utf-8").partition("<!-- drill:begin")[2]
    story = told.partition("```\n")[2].partition("```")[0]
    shown = [" ".join(line.split()) for line in story.splitlines() if line.strip(" …")]
    golden = (ROOT / "tests" / "golden" / "direct-path-brownout.txt").read_text("utf-8")
    whole = " ".join(golden.split())
    assert len(shown) > 10
    assert [line for line in shown if line not in whole] == []


def test_the_readme_counts_the_controls_that_there_are() -> None:
    """Every number of controls that it names is theirs."""
    told = re.findall(r"(\d+) GDPR controls", (ROOT / "README.md").read_text("utf-8"))
    assert told != []
    assert {int(number) for number in told} == {len(CONTROLS)}
