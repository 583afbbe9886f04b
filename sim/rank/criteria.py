"""By what areas are ranked: criteria with a direction and a range of weights, and their values."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic
from pydantic import Field

from sim.ask.answers import Question
from sim.faults import Fault, InputFaults, from_pydantic, near, refuse, told
from sim.forecast import Array, Forecast
from sim.months import month_of
from sim.place.case import WORDS, Case
from sim.place.records import Area
from sim.place.targets import Target
from sim.reading import Record, read_rows, read_toml

SHORT = "short_"  # before an indicator's name: how many lack it for its target
TILES = ("tile_column", "tile_row")  # columns of areas.csv that say where to draw
USUAL = (0.5, 1.5)  # weights where nobody says any: alike, but for a half
MOST_MISSING = 0.5  # of the areas a criterion may be unknown in

Weight = Annotated[float, Field(ge=0, le=1e9)]


class Criterion(Record):
    """One row of a file of criteria.

    Attributes:
        id: a column of `areas.csv`, an indicator (its level on the day of its target), or
            `short_` and an indicator (households, villages or people short of its target).
        direction: whether more of it or less of it speaks for an area.
        low, high: range of its weight, of which every draw has one.
    """

    id: str
    direction: Literal["more", "less"]
    low: Weight
    high: Weight


class CriteriaFile(Record):
    """A TOML file of criteria: a list of `[[criteria]]`."""

    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


def usual(question: Question) -> tuple[Criterion, ...]:
    """Return the criteria where nobody names any: how many are short, and how far behind."""
    low, high = USUAL
    names = dict.fromkeys(target.indicator for target in question.targets.targets)
    short = [Criterion(id=SHORT + n, direction="more", low=low, high=high) for n in names]
    level = [Criterion(id=n, direction="less", low=low, high=high) for n in names]
    return (*short, *level)


def load_criteria(question: Question, path: Path) -> tuple[Criterion, ...]:
    """Return the criteria of a CSV or TOML file.

    Raises:
        InputFaults: with every fault of the file.
    """
    faults: list[Fault] = []
    if path.suffix == ".toml":
        try:
            found = list(CriteriaFile.model_validate(read_toml(path)).criteria)
        except pydantic.ValidationError as error:
            raise InputFaults(from_pydantic(error, file=str(path))) from None
    else:
        rows, faults = read_rows(path, Criterion)
        found = [row for _, row in rows]
    return checked(question, found, str(path), faults)


def checked(
    question: Question, found: Sequence[Criterion], file: str, faults: Sequence[Fault] = ()
) -> tuple[Criterion, ...]:
    """Return criteria that a place has; raises `InputFaults` with every fault."""
    refuse([*faults, *_faults(question, found, file)] if not faults or found else faults)
    return tuple(found)


def _faults(question: Question, found: Sequence[Criterion], file: str) -> Iterator[Fault]:
    known, names = possible(question), [each.id for each in found]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            given = told("{id} {count} times", id=name, count=names.count(name))
            yield Fault(file, "id", given, told("each once"))
    for each in found:
        if each.id not in {*known, *_columns(question.case)}:
            wanted = told("a criterion; {hint}", hint=near(each.id, known))
            yield Fault(file, each.id, told("no such criterion"), wanted)
        else:
            yield from _unknown(question.case, each.id, file)
        if each.low > each.high:
            given = told("weights {low:g} to {high:g}", low=each.low, high=each.high)
            yield Fault(file, each.id, given, told("low <= high"))
    if not any(each.high > 0 for each in found):
        wanted = told("at least one above 0")
        yield Fault(file, "high", told("weights that add up to 0"), wanted)


def _unknown(case: Case, id: str, file: str) -> Iterator[Fault]:
    """Yield that a column is unknown in too many of the areas."""
    empty = np.full(len(case.areas), np.nan if id in _columns(case) else 0.0)
    missing = np.isnan(case.columns.get(id, empty))
    if missing.mean() > MOST_MISSING:
        count = int(missing.sum())
        given = told("unknown in {count} of {all} areas", count=count, all=len(case.areas))
        yield Fault(file, id, given, told("a criterion known in half of them"))


def possible(question: Question) -> tuple[str, ...]:
    """Return the ids of all criteria that a place has."""
    columns = [name for name in _columns(question.case) if name in question.case.columns]
    goals = dict.fromkeys(target.indicator for target in question.targets.targets)
    return (*columns, *question.case.forecast, *(SHORT + name for name in goals))


def _columns(case: Case) -> list[str]:
    """Return the columns of `areas.csv` that hold numbers, known by the vintage day or not."""
    more = {name: None for area in case.areas for name in area.model_extra or {}}
    return [name for name in (*Area.model_fields, *more) if name not in (*WORDS, *TILES)]


def short_of(case: Case, forecast: Forecast, target: Target) -> Array:
    """Return how many an area is short of a target on its day, `[replicate, area]`.

    In households, villages, adults or people (or subscriptions), as the indicator counts.
    """
    at = level_at(forecast, target)
    return np.maximum(target.bar - at, 0) * case.sizes(target.indicator)


def level_at(forecast: Forecast, target: Target) -> Array:
    """Return the areas' levels on a target's day, `[replicate, area]`."""
    month = month_of(forecast.months, target.deadline)
    return np.asarray(forecast.tracks[target.indicator].draws[:, :, month])


def values(
    question: Question, forecast: Forecast, found: Sequence[Criterion]
) -> Mapping[str, Array]:
    """Return what speaks for each area by each criterion, `[replicate or 1, area]`, 0 to 1.

    In each draw 1 is the area for which most speaks and 0 the one for which least does; what
    nobody knows of an area is the mean of the others.
    """
    return {each.id: _scaled(_raw(question, forecast, each.id), each.direction) for each in found}


def _raw(question: Question, forecast: Forecast, id: str) -> Array:
    case, targets = question.case, question.targets
    if id in case.columns:
        return case.columns[id][None, :]
    name = id.removeprefix(SHORT)
    due = targets.of(name)
    if id.startswith(SHORT):
        return short_of(case, forecast, due[-1])
    day = due[-1].deadline if due else targets.last_deadline
    return np.asarray(forecast.tracks[name].draws[:, :, month_of(forecast.months, day)])


def _scaled(raw: Array, direction: str) -> Array:
    known = np.isfinite(raw)
    filled = np.where(known, raw, np.where(known, raw, 0).sum() / max(known.sum(), 1))
    low = filled.min(axis=1, keepdims=True)
    reach = filled.max(axis=1, keepdims=True) - low
    share = np.divide(filled - low, reach, out=np.zeros_like(filled), where=reach > 0)
    return np.asarray(share if direction == "more" else np.where(reach > 0, 1 - share, 0.0))
