"""What people were told, and what they must not be able to read."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from autopilot.domain.severity import Severity
from autopilot_lab.drill.checks.expected import Counted, Expected, Finding
from autopilot_lab.drill.evidence import Evidence, Page
from autopilot_lab.drill.written import Duration, format_duration

#: Where the texts are that operators of a drill gave the runs that they started.
_TYPED: Final = "input of operator-"


class Pages(Counted):
    """How often people are paged."""

    check: Literal["pages"]
    saying: str | None = Field(None, description="Only pages that contain this.")
    severity: Severity | None = Field(None, description="Only pages of this severity.")
    region: str | None = Field(None, description="Only pages sent through this region.")
    way: Literal["topic", "incident channel"] | None = Field(
        None, description="Only pages through a topic, or only those through the incident channel."
    )

    def _sentence(self) -> str:
        severity = f"{self.severity} " if self.severity else ""
        where = f" through {self.region or self.way}" if self.region or self.way else ""
        saying = f" saying '{self.saying}'" if self.saying else ""
        return self._counted(f"{severity}pages{where}{saying}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the pages of the window."""
        found = [
            page.at
            for page in evidence.pages
            if (self.saying or "") in f"{page.subject} {page.text}"
            and self.severity in (None, page.severity)
            and self.region in (None, page.region)
            and self.way in (None, page.way)
        ]
        return self._judge(found, evidence, "pages")


class Told(Counted):
    """How often operators are refused what they try, and told why."""

    check: Literal["told"]
    saying: str = Field(min_length=1, description="Only refusals that contain this.")

    def _sentence(self) -> str:
        return self._counted(f"operators are told '{self.saying}'")

    def judge(self, evidence: Evidence) -> Finding:
        """Count what operators were told in the window."""
        said = [note for note in evidence.notes if note.text.startswith("refused: ")]
        found = [note.at for note in said if self.saying in note.text]
        return self._judge(found, evidence, f"times, of {len(said)} refusals")


class FirstPage(Expected):
    """The first page comes within a time of the first alarm, of the first fault, or an instant."""

    check: Literal["first_page"]
    within: Duration
    after: Literal["alarm", "fault"] | Duration = Field(
        "alarm", alias="from", description="alarm, fault, or an instant of the drill."
    )
    severity: Severity | None = Field(None, description="Only a page of this severity counts.")
    severity_at_least: Severity | None = Field(None, description="Or a page as urgent as this.")
    saying: str | None = Field(None, description="Only a page that contains this counts.")

    def _sentence(self) -> str:
        severity = f"{self.severity or self.severity_at_least or ''} "
        named = isinstance(self.after, str)
        since = f"the first {self.after}" if named else format_duration(int(self.after))
        return f"the first {severity.lstrip()}page comes within {self._bound()} of {since}"

    def _bound(self) -> str:
        return format_duration(self.within)

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the first page that counts, from the instant on."""
        since = self._since(evidence)
        if since is None:
            return Finding(held=False, detail=f"no {self.after}")
        fit = (page.at for page in evidence.pages if page.at >= since and self._counts(page))
        first = min(fit, default=None)
        if first is None:
            return Finding(held=False, detail="no such page")
        took = first - since
        return Finding(took <= self.within, f"after {took:.1f} s")

    def _since(self, evidence: Evidence) -> float | None:
        instants = {"alarm": evidence.first_alarm_at, "fault": evidence.upset_at}
        return instants[self.after] if isinstance(self.after, str) else float(self.after)

    def _counts(self, page: Page) -> bool:
        return (
            self.severity in (None, page.severity)
            # P0 is the most urgent, and the first by name; a page without a severity is none.
            and (self.severity_at_least is None or "" < page.severity <= self.severity_at_least)
            and (self.saying or "") in f"{page.subject} {page.text}"
        )


class NoMarker(Expected):
    """A text is nowhere to be found: not in logs, pages, histories, records or trails.

    But for dead letters and what an operator's own run was given, which are kept as they came.
    """

    check: Literal["no_marker"]
    marker: str = Field(min_length=4, description="The text, such as a made-up mail address.")

    def _sentence(self) -> str:
        return f"'{self.marker}' is not found in anything that is left behind"

    def judge(self, evidence: Evidence) -> Finding:
        """Look through everything."""
        wanted = self.marker.casefold()
        places = [
            left.place
            for left in evidence.remains
            if wanted in left.text.casefold() and not left.place.startswith(_TYPED)
        ]
        found = f"found in {', '.join(sorted(set(places)))}" if places else "not found"
        looked = f"{found} in {len(evidence.remains)} places" if not places else found
        return Finding(bool(evidence.remains) and not places, looked)
