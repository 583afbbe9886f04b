"""What a case rests on, as tables for a reader: assumptions, observations, starts of areas.

Also what levers did where somebody measured it: the table `lever_evidence.csv` beside this file.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from sim.files.tables import Heading, Table, table_of
from sim.forecast import quantiles
from sim.indicators import SERIES
from sim.place.case import Case
from sim.place.levers import known
from sim.show.figures import Shown, listed
from sim.show.tables import hindsight_rows
from sim.words import Words

_ADDRESS = re.compile(r"https?://\S+?(?=[,.;)\]]*(?:\s|$))")


def address(source: str) -> str:
    """Return the first address in a source, or nothing.

    >>> address("GSO, Yearbook, https://www.gso.gov.vn (2020)")
    'https://www.gso.gov.vn'
    """
    found = _ADDRESS.search(source)
    return found[0] if found else ""


def linked(words: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text in order, each with its address if it is one.

    >>> [*linked("GSO (https://www.gso.gov.vn), 2020")]
    [('GSO (', ''), ('https://www.gso.gov.vn', 'https://www.gso.gov.vn'), ('), 2020', '')]
    """
    place = 0
    for found in _ADDRESS.finditer(words):
        yield words[place : found.start()], ""
        yield found[0], found[0]
        place = found.end()
    yield words[place:], ""


def cited(source: str) -> str:
    """Return a source without its addresses; where it is no more than one, whose it is.

    >>> cited("GSO, Yearbook, https://www.gso.gov.vn"), cited("https://www.a.vn/b?c=1,2")
    ('GSO, Yearbook', 'www.a.vn')
    """
    bare = re.sub(r"\s*\(\s*\)", "", _ADDRESS.sub("", source))
    told = re.sub(r"\s+", " ", re.sub(r",\s*(?=[,;)]|$)", "", bare)).strip(" ,;")
    return told or urlsplit(address(source)).netloc


@listed("assumptions")
def assumptions(shown: Shown) -> Table:
    """Return every assumption: meaning, range, unit, shape, confidence, source, address."""
    case, say = shown.case, shown.say
    return table_of(
        ((row,) for row in case.assumptions.values()),
        (say("Assumption"), lambda row: row.meaning(say.language)),
        (Heading(say("Low")), lambda row: row.low),
        (Heading(say("Central")), lambda row: row.central),
        (Heading(say("High")), lambda row: row.high),
        (say("Unit"), lambda row: say(row.unit)),
        (say("Shape"), lambda row: say(row.distribution)),
        (say("Confidence"), lambda row: say(row.confidence)),
        (say("Source"), lambda row: cited(row.evidence(say.language))),
        (say("Address"), lambda row: address(row.source)),
        (say("Name in files"), lambda row: row.id),
    )


DESIGNS = {
    "randomised": "Randomised",
    "quasi-experiment": "With a comparison, not randomised",
    "demand model": "Estimated from demand, no experiment",
    "before-after": "Before and after, without a comparison",
    "none": "No effect measured",
}
UNCOMPARED = 0.5  # what is kept of a size seen without a comparison: see docs/decisions.md


@dataclass(frozen=True, slots=True)
class Study:
    """What one study found of one lever: `design` is one of `DESIGNS`, `source` an address."""

    lever: str
    design: str
    found: str
    found_vi: str
    source: str

    def told(self, language: str) -> str:
        """Return what was found, where and when."""
        return self.found_vi if language == "vi" else self.found

    @property
    def kept(self) -> float | None:
        """The part of its size that an assumption may be centred on; None where it has none."""
        if self.design == "none":
            return None
        return UNCOMPARED if self.design == "before-after" else 1.0


@cache
def studies() -> tuple[Study, ...]:
    """Return what is known of levers' effects, in the order of the table of levers."""
    with Path(__file__).with_name("lever_evidence.csv").open(encoding="utf-8", newline="") as file:
        rows = [Study(**row) for row in csv.DictReader(file)]
    order = list(known())
    return tuple(sorted(rows, key=lambda row: order.index(row.lever)))


@listed("effects")
def effects(shown: Shown) -> Table:
    """Return what was measured of each lever's effect: where, how, its size, how much is kept."""
    case, say = shown.case, shown.say
    return table_of(
        ((row,) for row in studies() if row.lever in case.levers),
        (say("Lever"), lambda row: say(case.levers[row.lever].label)),
        (say("What was found"), lambda row: row.told(say.language)),
        (say("Design"), lambda row: say(DESIGNS[row.design])),
        (Heading(say("Part kept of its size"), 1), lambda row: row.kept),
        (say("Address"), lambda row: row.source),
    )


def measured(lever: str, say: Words) -> str:
    """Return how the effect of a lever was measured, in a line with a link to the table."""
    designs = dict.fromkeys(say(DESIGNS[row.design]) for row in studies() if row.lever == lever)
    if not designs:
        return ""
    return say(
        "How its effect was measured: {designs} ([what was found]({link})).",
        designs="; ".join(designs).lower(),
        link=f"evidence?evidence=effects&lang={say.language}",
    )


@listed("observations")
def observations(shown: Shown) -> Table:
    """Return every figure known on the vintage day, newest first within an indicator."""
    case, say = shown.case, shown.say
    names, order = place_names(case, say), list(SERIES)
    rows = sorted(
        case.observations,
        key=lambda row: (order.index(row.indicator), row.area, -row.date.toordinal()),
    )
    return table_of(
        ((row,) for row in rows),
        (say("Indicator"), lambda row: say.indicator(row.indicator)),
        (say("Place"), lambda row: names.get(row.area, row.area)),
        (say("Date"), lambda row: row.date.isoformat()),
        (Heading(say("Value")), lambda row: round(row.value, 3)),
        (say("Unit"), lambda row: say(row.unit)),
        (say("Published"), lambda row: row.published.isoformat()),
        (say("Confidence"), lambda row: say(row.confidence)),
        (say("Source"), lambda row: cited(row.source)),
        (say("Address"), lambda row: address(row.source)),
        (say("Note"), lambda row: row.note),
    )


def place_names(case: Case, say: Words) -> dict[str, str]:
    """Return the names of areas, of the whole they add up to, and of its reference, by code."""
    names = {area.code: say.named(area.name()) for area in case.areas}
    if case.reference_name is not None:
        names[case.reference] = say.named(case.reference_name)
    whole = say.named(case.head.name.model_dump()).removesuffix(f" {case.head.vintage.year}")
    return {**names, case.head.nation: whole}


def by_name(case: Case, say: Words) -> list[int]:
    """Return the positions of the areas in the order of their names."""
    names = [say.named(area.name()) for area in case.areas]
    return sorted(range(len(names)), key=lambda i: say.order(names[i]))


@listed("starts")
def starts(shown: Shown, *, indicator: str) -> Table:
    """Return where each area starts: median and 90% range, observed or estimated."""
    case, say, begin = shown.case, shown.say, shown.question.starts
    low, middle, high = 100 * quantiles(begin.levels[indicator])
    known = begin.observed[indicator]
    return table_of(
        ((i,) for i in by_name(case, say)),
        (say("Area"), lambda i: say.named(case.areas[i].name())),
        (say("Start"), lambda i: say("observed") if known[i] else say("estimated")),
        (Heading(say("median"), 1), lambda i: round(float(middle[i]), 2)),
        (Heading("5%", 1), lambda i: round(float(low[i]), 2)),
        (Heading("95%", 1), lambda i: round(float(high[i]), 2)),
    )


@listed("forecasts")
def forecasts(shown: Shown) -> Table:
    """Return everything that was forecast and what came."""
    return hindsight_rows(shown.past()[0])
