"""What a case rests on, as tables for a reader: assumptions, observations, starts of areas."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from sim.ask.answers import Question
from sim.files.tables import Cell, Table
from sim.forecast import quantiles
from sim.indicators import SERIES
from sim.place.case import Case
from sim.words import Words

Row = TypeVar("Row")
_ADDRESS = re.compile(r"https?://[^\s,;)\]]+")


def address(source: str) -> str:
    """Return the first address in a source, or nothing.

    >>> address("GSO, Yearbook, https://www.gso.gov.vn (2020)")
    'https://www.gso.gov.vn'
    """
    found = _ADDRESS.search(source)
    return found[0] if found else ""


def cited(source: str) -> str:
    """Return a source without its addresses.

    >>> cited("GSO, Yearbook, https://www.gso.gov.vn")
    'GSO, Yearbook'
    """
    bare = re.sub(r"\s*\(\s*\)", "", _ADDRESS.sub("", source))
    return re.sub(r"\s+", " ", re.sub(r",\s*(?=[,;)]|$)", "", bare)).strip(" ,;")


def assumption_table(case: Case, say: Words) -> Table:
    """Return every assumption: meaning, range, unit, shape, confidence, source, address."""
    return _table(
        case.assumptions.values(),
        (say("Assumption"), lambda row: row.meaning(say.language)),
        (say("Low"), lambda row: row.low),
        (say("Central"), lambda row: row.central),
        (say("High"), lambda row: row.high),
        (say("Unit"), lambda row: say(row.unit)),
        (say("Shape"), lambda row: say(row.distribution)),
        (say("Confidence"), lambda row: say(row.confidence)),
        (say("Source"), lambda row: cited(row.evidence(say.language))),
        (say("Address"), lambda row: address(row.source)),
        (say("Name in files"), lambda row: row.id),
    )


def observation_table(case: Case, say: Words) -> Table:
    """Return every figure known on the vintage day, newest first within an indicator."""
    names, order = place_names(case, say), list(SERIES)
    return _table(
        sorted(
            case.observations,
            key=lambda row: (order.index(row.indicator), row.area, -row.date.toordinal()),
        ),
        (say("Indicator"), lambda row: say.indicator(row.indicator)),
        (say("Place"), lambda row: names.get(row.area, row.area)),
        (say("Date"), lambda row: row.date.isoformat()),
        (say("Value"), lambda row: round(row.value, 3)),
        (say("Unit"), lambda row: say(row.unit)),
        (say("Published"), lambda row: row.published.isoformat()),
        (say("Confidence"), lambda row: say(row.confidence)),
        (say("Source"), lambda row: cited(row.source)),
        (say("Address"), lambda row: address(row.source)),
        (say("Note"), lambda row: row.note),
    )


def _table(rows: Iterable[Row], *columns: tuple[str, Callable[[Row], Cell]]) -> Table:
    """Return a table of columns: a heading, and what stands below it in a row."""
    return [head for head, _ in columns], [[cell(row) for _, cell in columns] for row in rows]


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


def start_table(question: Question, indicator: str, say: Words) -> Table:
    """Return where each area starts: median and 90% range, observed or estimated."""
    case, begin = question.case, question.starts
    low, middle, high = quantiles(begin.levels[indicator])
    known = begin.observed[indicator]
    head = [say("Area"), say("Start"), say("median"), "5%", "95%"]
    rows: list[list[Cell]] = [
        [
            say.named(case.areas[i].name()),
            say("observed") if known[i] else say("estimated"),
            *(round(100 * float(level[i]), 2) for level in (middle, low, high)),
        ]
        for i in by_name(case, say)
    ]
    return head, rows
