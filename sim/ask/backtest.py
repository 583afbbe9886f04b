"""Play the past over again on a country panel, and say how far its chances keep their word."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from models.paths.experience import foresee
from sim.faults import Fault, refuse, told
from sim.forecast import Array
from sim.world.past.learned import DIGITS, Fitted, learn_up_to, read_fitted
from sim.world.past.panel import CEILINGS, Panel, Table
from sim.writing import write_file

ORIGINS = (2008, 2011, 2014, 2017, 2019)
QUANTILES = np.arange(1, 20) / 20
COLUMNS = (
    "country_iso3",
    "indicator",
    "origin",
    "h",
    "point",
    *(f"q{round(100 * level):02d}" for level in QUANTILES),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One country's forecasts from one origin: `point` `[h]`, `quantiles` `[h, 19]`."""

    country: str
    indicator: str
    origin: int
    point: Array
    quantiles: Array


def backtest(
    panel: Panel,
    *,
    origins: Sequence[int] = ORIGINS,
    history: Panel | None = None,
    processes: int = 2,
    done: Callable[[int, int], None] | None = None,
) -> list[Prediction]:
    """Return forecasts of every country from every origin it can be forecast from.

    All is learned from the panel up to the origin. Where the origin is a country file's last
    year, and revisions had been measured by then, its figures count as just published.

    Args:
        panel: to learn from.
        origins: the last years known.
        history: countries to forecast, each from its own past; without it those of the panel.
        processes: how many work at once; 1 works in this one.
        done: called with the number of finished jobs and of all.

    Raises:
        InputFaults: an origin outside the panel, or too early to learn from.
    """
    own = history or panel
    refuse(_origin_faults(panel, own, origins))
    shipped = read_fitted()
    jobs = [
        _Job(
            panel=panel.name,
            indicator=name,
            origin=origin,
            learned_from=table,
            forecast=own.tables[name],
            revision=_known_revision(shipped, name, origin, own.tables[name].last),
        )
        for name, table in panel.tables.items()
        if name in own.tables
        for origin in origins
    ]
    found: list[Prediction] = []
    for number, part in enumerate(_played(jobs, processes), start=1):
        found += part
        if done:
            done(number, len(jobs))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One indicator from one origin."""

    panel: str
    indicator: str
    origin: int
    learned_from: Table
    forecast: Table
    revision: float | None


def _known_revision(shipped: Fitted, name: str, origin: int, last: int) -> float | None:
    """Return k where the origin's figures are just published and k was known by then."""
    learned = shipped.indicators[name]
    return learned.revision if origin == last and origin >= learned.last else None


def _origin_faults(panel: Panel, own: Panel, origins: Sequence[int]) -> Iterator[Fault]:
    for name in own.tables:
        if name not in panel.tables:
            yield Fault(
                panel.name,
                "",
                told("no value of {name}", name=name),
                told("values of {name} to learn from", name=name),
            )
    first = min(table.first for table in panel.tables.values())
    last = max(table.last for table in panel.tables.values())
    for origin in origins:
        if not first <= origin <= last:
            yield Fault(
                panel.name,
                "",
                told("origin {origin}", origin=origin),
                told("a year from {first} to {last}", first=first, last=last),
            )
        elif origins.count(origin) > 1:
            yield Fault(
                panel.name,
                "",
                told("origin {origin} more than once", origin=origin),
                told("each origin once"),
            )


def _played(jobs: Sequence[_Job], processes: int) -> Iterator[list[Prediction]]:
    if processes == 1:
        yield from map(_play, jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_play, jobs)


def _play(job: _Job) -> list[Prediction]:
    """Return the forecasts of one job, handed to the models without anything later."""
    first, origin = job.learned_from.first, job.origin
    observed = job.forecast.over(min(first, job.forecast.first), origin)
    if np.isnan(observed[:, -1]).all():
        return []
    learned = learn_up_to(job.panel, job.indicator, job.learned_from, origin, job.revision or 0.0)
    start = min(first, job.forecast.first)
    outlook = foresee(learned, observed, start, fresh=job.revision is not None)
    forecast, quantiles = outlook.forecast(), outlook.quantiles(QUANTILES)
    return [
        Prediction(
            country=job.forecast.countries[row],
            indicator=job.indicator,
            origin=origin,
            point=forecast[place],
            quantiles=quantiles[place],
        )
        for place, row in enumerate(outlook.rows)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What forecast chances were worth: `chance` `[bin]`, `frequency` `[bin]`, `count` `[bin]`."""

    chance: Array
    frequency: Array
    count: Array

    @property
    def error(self) -> float:
        """Return the mean distance of frequency from chance, each case counting once."""
        used = self.count > 0
        apart = np.abs(self.chance - self.frequency)[used]
        return float(np.average(apart, weights=self.count[used]))


def reliability(
    predictions: Sequence[Prediction], panel: Panel, *, bins: int = 10
) -> dict[str, Reliability]:
    """Return, by indicator, how often targets were reached that had a given chance.

    The targets are the last value plus 0.5, 1 and 1.5 times the slope of the last three
    years, for each year ahead, where the target is possible.

    Args:
        predictions: to judge.
        panel: what happened.
        bins: of equal width, over chances 0 to 1.
    """
    cases: dict[str, list[tuple[float, bool]]] = {name: [] for name in panel.tables}
    for one in predictions:
        cases[one.indicator] += _targets(one, panel.tables[one.indicator])
    return {
        name: _binned(np.array(rows, dtype=float), bins) for name, rows in cases.items() if rows
    }


def _targets(one: Prediction, table: Table) -> Iterator[tuple[float, bool]]:
    """Yield chance and outcome of every target of one prediction."""
    row = table.countries.index(one.country)
    seen = table.over(one.origin - 3, one.origin + len(one.point))[row]
    last, slope = seen[3], (seen[3] - seen[0]) / 3
    for h, quantiles in enumerate(one.quantiles, start=1):
        for pace in (0.5, 1.0, 1.5):
            target = last + pace * slope * h
            if target < CEILINGS[one.indicator] and not np.isnan(slope + seen[3 + h]):
                below = np.interp(target, quantiles, QUANTILES, left=0.025, right=0.975)
                yield 1 - float(below), bool(seen[3 + h] >= target)


def _binned(cases: Array, bins: int) -> Reliability:
    place = np.minimum((cases[:, 0] * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins).astype(float)
    whole = np.maximum(count, 1)
    return Reliability(
        chance=np.bincount(place, cases[:, 0], bins) / whole,
        frequency=np.bincount(place, cases[:, 1], bins) / whole,
        count=count,
    )


def write_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """Write forecasts as CSV: country_iso3, indicator, origin, h, point, q05 to q95."""
    lines = [",".join(COLUMNS)]
    for one in predictions:
        for h, (point, row) in enumerate(zip(one.point, one.quantiles, strict=True), start=1):
            numbers = ",".join(f"{value:.{DIGITS}g}" for value in (point, *row))
            lines.append(f"{one.country},{one.indicator},{one.origin},{h},{numbers}")
    write_file(path, ("\n".join(lines) + "\n").encode())
