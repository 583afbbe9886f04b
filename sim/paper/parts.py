"""What a report is made from and made of: facts; sections, tables, charts.

Words enter as data, never as markup.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal, TypedDict

from sim.ask.answers import Difference, Question
from sim.ask.hindsight import Past
from sim.ask.summary import Summary
from sim.files.pictures import Chart, svg
from sim.months import month_of
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.stamp import encoded, of_file
from sim.place.targets import TargetSet
from sim.rank.start import Start
from sim.seek.reply import Reply
from sim.show.figures import Shown
from sim.show.look import Look
from sim.tasks.chances import TaskChances
from sim.track.since import Since
from sim.words import Words

NARROW = 360  # pixels of a chart that shares a row with another
PAGE = 720  # pixels across a page at which a chart's letters are as large as those beside it


class Line(TypedDict):
    """One line set apart: the lead of the first page, or a heading."""

    kind: Literal["lead", "heading"]
    words: str


class Prose(TypedDict):
    """Paragraphs, or the points of a list."""

    kind: Literal["text", "list"]
    words: list[str]


class Grid(TypedDict):
    """A table; `numbers` are the columns set to the right, `whole` keeps it on one page."""

    kind: Literal["table"]
    caption: str
    head: list[str]
    rows: list[list[str]]
    numbers: list[int]
    widths: Sequence[float]
    small: bool
    whole: bool


class Drawing(TypedDict):
    """A chart of the report by its number; one that floats may go to the next page."""

    kind: Literal["chart"]
    caption: str
    number: int
    alt: str
    width: float
    floats: bool


class Pair(TypedDict):
    """Parts side by side."""

    kind: Literal["row"]
    parts: list["Part"]


Part = Line | Prose | Grid | Drawing | Pair


class Section(TypedDict):
    """A section of a report; one without parts is left out, an annex comes after the others."""

    title: str
    parts: list[Part]
    annex: bool


class Heading(TypedDict):
    """What stands over and under a report that an office sends on; empty where not of use."""

    above: str
    body: str
    number: str
    state: str
    motto: str
    day: str
    kind: str
    sent_to: str
    office: str
    signed: str
    annex_of: str


class Content(TypedDict):
    """The words of a report, as `report.typ` reads them."""

    language: str
    head: Heading
    title: str
    subtitle: str
    stamp: str
    contents: str
    sections: list[Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report before it is set: plain words and tables, and its charts as SVG.

    Attributes:
        made: the stamp of what it tells.
        numbers: the tables behind it, the same in every language.
    """

    content: Content
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
        reply: to a question asked backwards of the focus, where there was one.
        since: what has moved since a decision, where a log was given.
        rank, tasks: where to start and who does what by when, where asked for.
    """

    case: Case
    summaries: Sequence[Summary]
    targets: TargetSet
    played: Callable[[], Past] | None
    tried: Sequence[Difference]
    made: dict[str, Any]
    reply: Reply | None = None
    since: Since | None = None
    rank: Start | None = None
    tasks: TaskChances | None = None

    @property
    def focus(self) -> Summary:
        """The scenario the report is about."""
        about = focus([summary.scenario for summary in self.summaries])
        return next(summary for summary in self.summaries if summary.scenario is about)

    @property
    def baseline(self) -> Summary | None:
        """The baseline, where it is among the scenarios."""
        return next((s for s in self.summaries if s.scenario.id == "baseline"), None)

    def shown(self, say: Words, *plans: Summary) -> Shown:
        """Return what the figures on some of the scenarios are drawn from."""
        luck = {"seed": self.made["seed"], "replicates": self.made["replicates"]}
        asked, ground = Question(case=self.case, targets=self.targets, **luck), self.baseline
        return Shown(
            question=asked, say=say, summaries=plans, behind=lambda: ground, played=self.played
        )

    @property
    def last(self) -> int:
        """The position of the last deadline's month."""
        return month_of(self.focus.months, self.targets.last_deadline)


def focus(plans: Sequence[Scenario]) -> Scenario:
    """Return the scenario that a report on several is about."""
    return next((plan for plan in plans if plan.id != "baseline"), plans[0])


class Charts:
    """Charts in the order in which the report shows them."""

    def __init__(self, look: Look) -> None:
        """Begin with none."""
        self.look, self.narrow = look, replace(look, width=NARROW)
        self.drawn: list[str] = []

    def part(self, chart: Chart, width: float = 1.0, *, floats: bool = False) -> Drawing:
        """Draw a chart and return the part that shows it; its title becomes the caption."""
        self.drawn.append(svg(_untitled(chart)))
        own = re.search(r'<svg[^>]* width="([\d.]+)', self.drawn[-1])
        if width < 1 and own:  # a map of few tiles is not blown up
            width = min(width, float(own[1]) / PAGE)
        return {
            "kind": "chart",
            "caption": chart["title"]["text"],
            "number": len(self.drawn) - 1,
            "alt": chart["description"],
            "width": width,
            "floats": floats,
        }


def _untitled(chart: Chart) -> Chart:
    """Return a chart whose title is what was written under it."""
    title, words = chart["title"], chart["config"]["title"]
    small = {"fontSize": 12, "fontWeight": 400, "lineHeight": 16, "color": words["subtitleColor"]}
    return {**chart, "title": {**title, "text": title["subtitle"], "subtitle": [], **small}}


def section(title: str, *parts: Part, annex: bool = False) -> Section:
    """Return a section of a report; one without parts is left out."""
    return {"title": title, "parts": list(parts), "annex": annex}


def flat(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts in order, those side by side one after the other."""
    for part in parts:
        if part["kind"] == "row":
            yield from flat(part["parts"])
        else:
            yield part


def number(sections: Iterable[Section], say: Words) -> None:
    """Number tables, charts, annexes in order; a table without a caption has its heading's."""
    tables, charts, annexes = count(1), count(1), count(1)
    for each in sections:
        above = each["title"]
        if each["annex"]:
            each["title"] = say("Annex {number}. {what}", number=next(annexes), what=above)
        for part in flat(each["parts"]):
            if part["kind"] == "heading":
                above = part["words"]
            elif part["kind"] == "table":
                what = part["caption"] or above
                part["caption"] = say("Table {number}. {what}", number=next(tables), what=what)
            elif part["kind"] == "chart":
                what = part["caption"]
                part["caption"] = say("Figure {number}. {what}", number=next(charts), what=what)


def table(
    head: Sequence[str],
    rows: list[list[str]],
    align: str,
    widths: Sequence[float] = (),
    *,
    small: bool = False,
    whole: bool = False,
    caption: str = "",
) -> Grid:
    """Return a table.

    Args:
        head, rows: its words.
        align: a letter for each column: l where it holds words, r where it holds numbers.
        widths: of its columns, in shares; as wide as their words if none are given.
        small: set in small letters.
        whole: kept on one page.
        caption: over it; the heading's words if none is given.
    """
    return {
        "kind": "table",
        "caption": caption,
        "head": [words[:1].upper() + words[1:] for words in head],
        "rows": rows,
        "numbers": [place for place, letter in enumerate(align) if letter == "r"],
        "widths": widths,
        "small": small,
        "whole": whole,
    }


def in_two(parts: Sequence[Part]) -> list[Pair]:
    """Return parts side by side, two in a row."""
    return [{"kind": "row", "parts": list(parts[i : i + 2])} for i in range(0, len(parts), 2)]
