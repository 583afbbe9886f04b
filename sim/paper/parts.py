"""What a report is made from and made of: facts; sections, tables, charts.

Words enter as data, never as markup.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from sim.ask.answers import Difference
from sim.ask.hindsight import Past
from sim.ask.summary import Summary
from sim.files.pictures import Chart, svg
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.stamp import encoded, of_file
from sim.place.targets import TargetSet

Part = dict[str, Any]


class Section(TypedDict):
    """A section of a report; one without parts is left out."""

    title: str
    parts: list[Part]


NARROW = 360  # pixels of a chart that shares a row with another


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report before it is set: plain words and tables, and its charts as SVG.

    Attributes:
        made: the stamp of what it tells.
        numbers: the tables behind it, the same in every language.
    """

    content: dict[str, Any]
    charts: tuple[str, ...]
    made: dict[str, Any]
    numbers: dict[str, Any]

    def stamped(self, file: str) -> str:
        """Return the stamp of one of its files, as text."""
        language = self.content["language"]
        return encoded(of_file(self.made, file=file, language=language, numbers=self.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a report is made from.

    Attributes:
        summaries: the scenarios; the first that is not the baseline is what it is about.
        played: gives the case's back-test, None where it has none; it is asked for last, so
            that it may be under way while the charts are drawn.
        tried: what each lever would do to the focus on its own, from `sim.ask.trials.try_all`.
        made: the stamp.
    """

    case: Case
    summaries: Sequence[Summary]
    targets: TargetSet
    played: Callable[[], Past] | None
    tried: Sequence[Difference]
    made: dict[str, Any]

    @property
    def focus(self) -> Summary:
        """The scenario the report is about."""
        about = focus([summary.scenario for summary in self.summaries])
        return next(summary for summary in self.summaries if summary.scenario is about)

    @property
    def baseline(self) -> Summary | None:
        """The baseline, where it is among the scenarios."""
        return next((s for s in self.summaries if s.scenario.id == "baseline"), None)


def focus(plans: Sequence[Scenario]) -> Scenario:
    """Return the scenario that a report on several is about."""
    return next((plan for plan in plans if plan.id != "baseline"), plans[0])


class Charts:
    """Charts in the order in which the report shows them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.drawn: list[str] = []

    def part(self, chart: Chart, width: float = 1.0) -> Part:
        """Draw a chart and return the part that shows it."""
        self.drawn.append(svg(chart))
        number = len(self.drawn) - 1
        return {"kind": "chart", "number": number, "alt": chart["description"], "width": width}


def section(title: str, parts: list[Part]) -> Section:
    """Return a section of a report; one without parts is left out."""
    return {"title": title, "parts": parts}


def table(head: list[str], rows: list[list[str]], numbers: Sequence[int], **more: Any) -> Part:
    """Return a table; `numbers` are the positions of columns set to the right."""
    head = [words[:1].upper() + words[1:] for words in head]
    return {"kind": "table", "head": head, "rows": rows, "numbers": list(numbers), **more}


def in_two(parts: Sequence[Part]) -> list[Part]:
    """Return parts side by side, two in a row."""
    return [{"kind": "row", "parts": list(parts[i : i + 2])} for i in range(0, len(parts), 2)]
