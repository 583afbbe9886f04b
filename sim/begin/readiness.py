"""What a place can answer, and which figure would open what it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.faults import Message, told
from sim.indicators import INDICATORS, SERIES, of_kind
from sim.place.case import LEAST_FIGURES, Case

VILLAGES = ("covered_villages", "listed_villages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An indicator of a place: whether a run gives it, and what rests on or would open it."""

    indicator: str
    given: bool
    figures: int
    wanted: Message


def readiness(case: Case) -> Iterator[Answer]:
    """Yield each indicator, in the order of the table, with what is known or missing."""
    for name in INDICATORS:
        place = case.reference if SERIES[name].near else case.head.nation
        known = len({row.date for row in case.series(name, place)})
        if name in VILLAGES:
            known = len(case.series("uncovered_villages", place)) or known
        given = name in case.forecast
        yield Answer(
            indicator=name,
            given=given,
            figures=known,
            wanted=told("") if given else _missing(case, name, known),
        )


def _missing(case: Case, name: str, known: int) -> Message:
    """Return which figure would open an indicator."""
    row = SERIES[name]
    if name in VILLAGES:
        if case.nation.villages is None:
            return told("villages in case.toml and areas.csv, and a list of those without signal")
        return told(
            "a row uncovered_villages of {place}; 0 if there are none", place=case.head.nation
        )
    if row.kind == "reached":
        names = [each.name for each in of_kind("taken_up") if name in each.drivers]
        return told("figures of {indicator}", indicator=" / ".join(names))
    if row.kind == "derived" and not case.driver(name):
        return told("figures of {indicator}", indicator=" / ".join(row.drivers))
    finer = _finer(case, name)
    if finer:
        return told("nothing: {indicator} is used instead", indicator=finer)
    more = LEAST_FIGURES - min(known, LEAST_FIGURES)
    return told("{count} more figures for {place}", count=more, place=case.reference)


def _finer(case: Case, name: str) -> str:
    """Return what is followed in place of something taken up under the same reach, if finer."""
    alike = [each.name for each in of_kind("taken_up") if each.drivers == SERIES[name].drivers]
    before = alike[: alike.index(name)] if name in alike else []
    return next((each for each in before if each in case.followed), "")
