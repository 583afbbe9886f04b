"""What a case rests on, as tables for a reader: assumptions, observations, starts of areas."""

import re

from sim.ask.answers import Question
from sim.files.tables import Cell, Table
from sim.forecast import quantiles
from sim.indicators import SERIES
from sim.place.case import Case
from sim.words import Words, vietnamese_order

DISTRIBUTIONS = {
    "triangular": "triangular",
    "lognormal": "lognormal",
    "uniform": "uniform",
    "fixed": "fixed",
}
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
    head = [
        say("Assumption"),
        say("Low"),
        say("Central"),
        say("High"),
        say("Unit"),
        say("Shape"),
        say("Confidence"),
        say("Source"),
        say("Address"),
        say("Name in files"),
    ]
    rows: list[list[Cell]] = [
        [
            row.meaning(say.language),
            row.low,
            row.central,
            row.high,
            say(row.unit),
            say(DISTRIBUTIONS[row.distribution]),
            say(row.confidence),
            cited(row.evidence(say.language)),
            address(row.source),
            row.id,
        ]
        for row in case.assumptions.values()
    ]
    return head, rows


def observation_table(case: Case, say: Words) -> Table:
    """Return every figure known on the vintage day, newest first within an indicator."""
    head = [
        say("Indicator"),
        say("Place"),
        say("Date"),
        say("Value"),
        say("Unit"),
        say("Published"),
        say("Confidence"),
        say("Source"),
        say("Address"),
        say("Note"),
    ]
    names = place_names(case, say)
    order = list(SERIES)
    ranked = sorted(
        case.observations,
        key=lambda row: (order.index(row.indicator), row.area, -row.date.toordinal()),
    )
    rows: list[list[Cell]] = [
        [
            say.indicator(row.indicator),
            names.get(row.area, row.area),
            row.date.isoformat(),
            round(row.value, 3),
            say(row.unit),
            row.published.isoformat(),
            say(row.confidence),
            cited(row.source),
            address(row.source),
            row.note,
        ]
        for row in ranked
    ]
    return head, rows


def place_names(case: Case, say: Words) -> dict[str, str]:
    """Return the names of areas, of the whole they add up to, and of its reference, by code."""
    names = {area.code: area.name()[say.language] for area in case.areas}
    if case.reference_name is not None:
        names[case.reference] = say.named(case.reference_name)
    whole = say.named(case.head.name.model_dump()).removesuffix(f" {case.head.vintage.year}")
    return {**names, case.head.nation: whole}


def by_name(case: Case, say: Words) -> list[int]:
    """Return the positions of the areas in the order of their names."""
    names = [area.name()[say.language] for area in case.areas]
    return sorted(range(len(names)), key=lambda i: vietnamese_order(names[i]))


def start_table(question: Question, indicator: str, say: Words) -> Table:
    """Return where each area starts: median and 90% range, observed or estimated."""
    case, begin = question.case, question.starts
    low, middle, high = quantiles(begin.levels[indicator])
    known = begin.observed[indicator]
    head = [say("Area"), say("Start"), say("median"), "5%", "95%"]
    rows: list[list[Cell]] = [
        [
            case.areas[i].name()[say.language],
            say("observed") if known[i] else say("estimated"),
            *(round(100 * float(level[i]), 2) for level in (middle, low, high)),
        ]
        for i in by_name(case, say)
    ]
    return head, rows
