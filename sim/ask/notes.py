"""What is odd in a case or not used: told beside its faults, and never a reason to refuse it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import groupby, pairwise
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from sim.faults import Message, Note, near, told
from sim.files.pictures import unwritable
from sim.indicators import FOLLOWED, SERIES
from sim.numbers import CLOSE
from sim.place.case import RESERVED, Case, shipped
from sim.place.checks import USED
from sim.place.records import Area, Observation
from sim.place.scenario import Scenario, load_scenario
from sim.reading import read_toml
from sim.world.past.learned import published_by
from sim.world.run import World

OLD = {"figure": 2, "column": 5}  # years before the vintage
OFF = 0.001  # of a count
LEAP = 25  # points a year, or in less than one
FOLD = 5  # times by which a list of villages shrinks or grows
TENFOLD = 0.1  # of a logarithm, within which a ratio is told to be a power of ten
RANGE = 100  # times the low end of an assumption
APART = {"households": 0.5, "villages": 1.0, "area_km2": 2.0}  # logarithms from the median area
EDGES = 0.001, 0.999  # shares between which paths move, see sim/world/past/history.py
GUESS = re.compile(r"\b(GUESS|NOTIONAL|TODO|FIXME|TBD|XXX)\b|\?\?\?")
FILES = (
    "areas.csv",
    "observations.csv",
    "outcomes.csv",
    "assumptions.csv",
    "levers.csv",
    "tasks.csv",
    *RESERVED,
)
DATA = (".csv", ".tsv", ".xls", ".xlsx", ".ods", ".json", ".txt")
WHY = {
    "covered_villages": told("the list of villages without signal is used"),
    "fixed_broadband": told("lines of households are used instead"),
}


def notes(case: Case) -> list[Note]:
    """Return what is odd in a case and what no run of it uses, kind by kind.

    Raises:
        InputFaults: no run could begin.
    """
    numbers = (sums, ages, leaps, factors, spans, met_already, edges)
    kinds = (*numbers, guesses, lent, unused, stray_files, letters)
    return [note for kind in kinds for note in kind(case)]


def sums(case: Case) -> Iterator[Note]:
    """Yield counts whose areas do not quite add up: one too many, or one of another list."""
    for name, about in case.nation.known():
        total = sum(getattr(area, name) for area in case.areas)
        if abs(total / about.value - 1) > OFF:
            fields = {"total": total, "column": name, "whole": about.value}
            words = told("areas add up to {total:,.0f} {column}, not {whole:,.0f}", **fields)
            yield Note(str(case.folder / "areas.csv"), told("column {name}", name=name), words)


def ages(case: Case) -> Iterator[Note]:
    """Yield figures, columns and the panel that are years older than the vintage."""
    vintage = case.head.vintage
    yield from _old_figures(case)
    printed: dict[date, list[str]] = {}
    for name, each in (*case.nation.known(), *case.column_sources.items()):
        printed.setdefault(each.published, []).append(name)
    for day, names in printed.items():
        if _years(day, vintage) >= OLD["column"]:
            columns = ", ".join(dict.fromkeys(names))
            yield Note(str(case.folder / "case.toml"), columns, _aged(day, vintage))
    panel = published_by(vintage)
    if panel is not None and _years(panel, vintage) >= OLD["figure"]:
        age = _aged(panel, vintage)
        words = told("the panel of countries behind forecasts: {age}", age=age)
        yield Note(str(case.folder), "", words)


def _old_figures(case: Case) -> Iterator[Note]:
    """Yield series of the whole that end years before the vintage, and how many areas' do."""
    lists = ("uncovered_villages", "covered_villages")
    listed = lists[: 1 if case.series(lists[0], case.head.nation) else 2]
    for name in (*case.followed, *listed):
        last = {
            place: rows[-1].date
            for place in (case.reference, case.head.nation, *case.codes)
            if (rows := case.series(name, place))
        }
        old = {p: d for p, d in last.items() if _years(d, case.head.vintage) >= OLD["figure"]}
        for place in old.keys() - {*case.codes}:
            yield _figure(case, name, place, _aged(old[place], case.head.vintage))
        areas = len(old.keys() & {*case.codes})
        if areas:
            words = told("areas whose last figure is over two years old: {count}", count=areas)
            yield _figure(case, name, "", words)


def _years(day: date, vintage: date) -> float:
    return (vintage - day).days / 365.25


def _aged(day: date, vintage: date) -> Message:
    years = _years(day, vintage)
    return told(
        "of {day}, {years:.1f} years before the vintage {vintage}",
        day=day,
        years=years,
        vintage=vintage,
    )


def _figure(case: Case, indicator: str, area: str, words: Message) -> Note:
    place = told("{indicator}, {area}", indicator=indicator, area=area) if area else indicator
    return Note(str(case.folder / "observations.csv"), place, words)


def _series(case: Case) -> Iterator[tuple[str, str, list[Observation]]]:
    """Yield every series of the case, whenever published: indicator, area, one row a day."""
    key = ("indicator", "area")
    rows = sorted(case.figures, key=lambda row: (row.indicator, row.area, row.date, row.published))
    for (name, area), group in groupby(rows, key=lambda row: tuple(getattr(row, k) for k in key)):
        days = {row.date: row for row in group}  # of several for a day the last published
        yield name, area, list(days.values())


def leaps(case: Case) -> Iterator[Note]:
    """Yield figures that lie farther from the one before than a place moves in that time."""
    for name, area, rows in _series(case):
        for before, row in pairwise(rows):
            apart = abs(row.value - before.value)
            years = max(_years(before.date, row.date), 1.0)
            ratio = max(row.value, before.value) / max(min(row.value, before.value), 1)
            leap = apart > LEAP * years if SERIES[name].per_cent else ratio > FOLD**years
            if leap:
                words = told(
                    "{value:,g} on {day}, after {before:,g} on {earlier}",
                    value=row.value,
                    day=row.date,
                    before=before.value,
                    earlier=before.date,
                )
                yield _figure(case, name, area, words)


def factors(case: Case) -> Iterator[Note]:
    """Yield figures a power of ten apart from their neighbours, and columns far from the others."""
    whole = {name: rows for name, area, rows in _series(case) if area == case.head.nation}
    whole = {**{n: rows for n, a, rows in _series(case) if a == case.reference}, **whole}
    for name, area, rows in _series(case):
        for place, row in enumerate(rows):
            beside = [rows[i].value for i in (place - 1, place + 1) if 0 <= i < len(rows)]
            if area in case.codes and SERIES[name].per_cent and name in whole:
                beside = beside or [whole[name][-1].value]
            off = _tens(row.value, beside)
            if off:
                words = told(
                    "{value:,g} on {day}, about {times:,g} times the figures beside it",
                    value=row.value,
                    day=row.date,
                    times=10.0**off,
                )
                yield _figure(case, name, area, words)
        if SERIES[name].per_cent and len(rows) > 1 and max(row.value for row in rows) <= 1:
            words = told("no figure above 1 {unit}: were shares of 1 meant?", unit=rows[-1].unit)
            yield _figure(case, name, area, words)
    yield from _far_areas(case)


def _tens(value: float, beside: Sequence[float]) -> int:
    """Return by which power of ten a value is apart from those beside it; 0 if by none.

    >>> _tens(7.1, [70.0, 72.0]), _tens(64.0, [0.63]), _tens(60.0, [50.0]), _tens(5.0, [])
    (-1, 2, 0, 0)
    """
    if not beside or min(value, *beside) <= 0:
        return 0
    apart = log10(value) - sum(map(log10, beside)) / len(beside)
    return round(apart) if abs(apart - round(apart)) < TENFOLD else 0


def _far_areas(case: Case) -> Iterator[Note]:
    """Yield areas whose people a household, a village or a square kilometre are unlike others'."""
    people = case.columns["population"]
    for column, most in APART.items():
        real = np.nan_to_num(case.columns[column]) > 0
        each = np.log10(people / np.where(real, case.columns[column], 1.0))
        middle = float(np.median(each[real])) if real.any() else 0.0
        for place in np.flatnonzero(real & (np.abs(each - middle) > most)):
            words = told(
                "{number:,.0f} people for each of {column}; in the median area {usual:,.0f}",
                number=10 ** float(each[place]),
                column=column,
                usual=10**middle,
            )
            yield Note(str(case.folder / "areas.csv"), f"area {case.codes[place]}", words)


def spans(case: Case) -> Iterator[Note]:
    """Yield assumptions whose high end is a hundred times the low one."""
    for row in case.assumptions.values():
        if row.distribution != "fixed" and 0 < row.low * RANGE <= row.high:
            words = told(
                "from {low:g} to {high:g}, {times:,.0f} times as much",
                low=row.low,
                high=row.high,
                times=row.high / row.low,
            )
            yield Note(str(case.folder / "assumptions.csv"), row.id, words)


def met_already(case: Case) -> Iterator[Note]:
    """Yield targets that the last figure known meets."""
    for key, each in case.target_sets.items():
        for place, target in enumerate(each.targets):
            rows = case.series(target.indicator, case.head.nation)
            if rows and rows[-1].level >= target.at_least - CLOSE:
                words = told(
                    "met by the figure of {day}: {value:g} {unit}",
                    day=rows[-1].date,
                    value=rows[-1].value,
                    unit=rows[-1].unit,
                )
                file = str(case.folder / "targets.toml")
                yield Note(file, f"sets.{key}.targets.{place}", words)


def edges(case: Case) -> Iterator[Note]:
    """Yield figures and targets at 0 or 100 %, which a path of shares only comes near."""
    least, most = EDGES
    for row in case.observations:
        bounded = row.indicator in FOLLOWED and SERIES[row.indicator].most == 1
        if bounded and not least <= row.level <= most:
            words = told(
                "{value:g} on {day}, read as {edge:g}",
                value=row.value,
                day=row.date,
                edge=100 * min(max(row.level, least), most),
            )
            yield _figure(case, row.indicator, row.area, words)
    for key, each in case.target_sets.items():
        for place, target in enumerate(each.targets):
            if target.bar < target.at_least:
                words = told(
                    "judged by {bar:g} %: forecast shares never quite touch a bound",
                    bar=100 * target.bar,
                )
                yield Note(str(case.folder / "targets.toml"), f"sets.{key}.targets.{place}", words)


def lent(case: Case) -> Iterator[Note]:
    """Yield how many assumptions are borrowed."""
    if case.borrowed:
        words = told(
            "borrowed from the defaults, with wider ranges: {count} of {every}",
            count=len(case.borrowed),
            every=len(case.assumptions),
        )
        yield Note(str(case.folder / "assumptions.csv"), "", words)


def guesses(case: Case) -> Iterator[Note]:
    """Yield how many guesses each file still has, by the words that mark one."""
    marked: dict[str, Iterable[tuple[str, str]]] = {
        "observations.csv": [(row.indicator, row.source + row.note) for row in case.figures],
        "assumptions.csv": [(row.id, row.source) for row in case.assumptions.values()],
        "case.toml": [
            (name, each.source + each.note)
            for name, each in (*case.column_sources.items(), *case.nation.known())
        ],
    }
    for file, words in marked.items():
        names = [name for name, text in words if GUESS.search(text)]
        if names:
            such = ", ".join(list(dict.fromkeys(names))[:5])
            left = told(
                "values still guesses: {count}, such as {names}", count=len(names), names=such
            )
            yield Note(str(case.folder / file), "", left)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Watched(Case):
    """A case that notes which of its series a run asks for."""

    asked: set[tuple[str, str]]

    def series(self, indicator: str, area: str) -> list[Observation]:
        self.asked.add((indicator, area))
        return super().series(indicator, area)


def unused(case: Case) -> Iterator[Note]:
    """Yield figures and columns that no run uses, and why: a run of two draws is watched."""
    parts: Mapping[str, Any] = {each.name: getattr(case, each.name) for each in fields(Case)}
    watched = _Watched(**parts, asked=set())
    World(watched, replicates=2, until=case.months[0]).run(case.baseline)
    idle: Counter[tuple[str, str]] = Counter()
    for row in case.observations:
        if (row.indicator, row.area) not in watched.asked:
            idle[row.indicator, "" if row.area in case.codes else row.area] += 1
    for (name, area), count in idle.items():
        why = WHY.get(name, told("nothing needs them"))
        if area and (name, case.head.nation) in watched.asked:
            why = told("the place has its own")
        words = told("figures that no run uses: {count}; {why}", count=count, why=why)
        yield _figure(case, name, area or told("by area"), words)
    later = sum(row.published > case.head.vintage for row in case.figures) - len(case.outcomes)
    if later:
        words = told(
            "figures published after the vintage: {count}; they only score forecasts", count=later
        )
        yield Note(str(case.folder / "observations.csv"), "", words)
    yield from _unused_columns(case)


def _unused_columns(case: Case) -> Iterator[Note]:
    """Yield columns that no run uses, and a score that too few areas have."""
    known = {name: np.isfinite(values).sum() for name, values in case.columns.items()}
    score = case.service_column
    file = str(case.folder / "areas.csv")
    if 0 < 2 * known.get(score, 0) <= len(case.areas):
        words = told(
            "known for {count} of {areas} areas: population density is used instead",
            count=int(known[score]),
            areas=len(case.areas),
        )
        yield Note(file, score, words)
    extra = {name for area in case.areas for name in area.model_extra or {}}
    absent = case.column_sources.keys() - {*Area.model_fields, *extra}
    for name in sorted(absent):
        words = told("a column that areas.csv does not have")
        yield Note(str(case.folder / "case.toml"), f"columns.{name}", words)
    for name in known.keys() - absent - {*USED, score, "communes"}:
        yield Note(file, name, told("a column that no run uses"))


def stray_files(case: Case) -> Iterator[Note]:
    """Yield files beside the case's own that nothing reads."""
    for path in sorted(case.folder.iterdir() if case.folder.is_dir() else ()):
        if path.name in FILES or path.name.startswith(".") or path.suffix.lower() not in DATA:
            continue
        yield Note(
            str(path), "", told("a file that nothing reads; {hint}", hint=near(path.name, FILES))
        )


def letters(case: Case) -> Iterator[Note]:
    """Yield the letters of names and sources that charts and reports cannot show, file by file."""
    sets, sources = case.target_sets.values(), (*case.column_sources.items(), *case.nation.known())
    names = (case.head.name.model_dump(), case.reference_name or {})
    told_in: dict[str, Iterable[str]] = {
        "case.toml": [
            *(text for name in names for text in name.values()),
            case.reference_note,
            *(each.source + each.note for _, each in sources),
        ],
        "areas.csv": [f"{area.name_vi} {area.name_en}" for area in case.areas],
        "observations.csv": [f"{row.source} {row.note}" for row in case.observations],
        "assumptions.csv": [row.source for row in case.assumptions.values()],
        "targets.toml": [text for each in sets for text in (*each.name.values(), each.source)],
    }
    for file, texts in told_in.items():
        yield from _unwritable(str(case.folder / file), texts)


def _unwritable(file: str, texts: Iterable[str]) -> Iterator[Note]:
    text = " ".join(texts)
    odd = unwritable(text)
    if odd:
        spoilt = [word for word in text.split() if set(word) & set(odd)]
        words = told(
            "letters that the font of charts and reports does not have: {count}, as in {names}",
            count=len(odd),
            names=", ".join(list(dict.fromkeys(spoilt))[:5]),
        )
        yield Note(file, "", words)


def idle_plans(case: Case) -> Iterator[Note]:
    """Yield lines of scenarios that change nothing, and scenarios that are alike.

    Raises:
        InputFaults: a scenario has faults.
    """
    seen: dict[str, Scenario] = {case.baseline.hash: case.baseline}
    for path in shipped(case):
        plan = load_scenario(case, path)
        if path.name == "baseline.toml":
            continue
        yield from idle_lines(case, plan, path)
        twin = seen.setdefault(plan.hash, plan)
        if twin is not plan:
            yield Note(str(path), "", told("the same levers as {id}", id=twin.id))


def idle_lines(case: Case, plan: Scenario, path: Path) -> Iterator[Note]:
    """Yield the lines of a scenario's file that change nothing, and letters no chart shows."""
    yield from _unwritable(str(path), (*plan.name.values(), *plan.why.values()))
    for name in read_toml(path).get("levers", {}):
        money = name.removesuffix("_start")
        if plan.levers[name] == case.baseline.levers[name]:
            yield Note(str(path), f"levers.{name}", told("as in the baseline"))
        elif money != name and not plan.levers[money]:
            yield Note(str(path), f"levers.{name}", told("{money} is 0", money=money))
