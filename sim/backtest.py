"""Fit the forecasters to a country panel, keep what they learned, and play the past over again."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.experience import Experience, Outlook, foresee, learn, measure_revision
from models.intervals import LEVELS, Spread
from models.pooled import HORIZON, MEMBERS, Dynamics
from sim.faults import Fault, InputFaults, refuse
from sim.panel import CEILINGS, Panel, Table
from sim.reading import read_text

Array = NDArray[np.float64]

ORIGINS = (2008, 2011, 2014, 2017, 2019)
QUANTILES = np.arange(1, 20) / 20
COLUMNS = (
    "country_iso3", "indicator", "origin", "h", "point",
    *(f"q{round(100 * level):02d}" for level in QUANTILES),
)  # fmt: skip
DIGITS = 6  # significant digits of what is written
LAYOUT = 1  # of the file of fitted parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was learned from a panel, and from which.

    Attributes:
        provenance: panel, its hash and years, the edition revisions were measured against,
            the version of ketnoi.
        indicators: name -> what was learned; values in the panel's units.
    """

    provenance: Mapping[str, Any]
    indicators: Mapping[str, Experience]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One country's forecasts from one origin: `point` `[h]`, `quantiles` `[h, 19]`."""

    country: str
    indicator: str
    origin: int
    point: Array
    quantiles: Array


def fit(panel: Panel, earlier: Panel | None = None) -> Fitted:
    """Return what a panel teaches.

    Args:
        panel: to learn from.
        earlier: an older edition of it, to measure revisions by; without one they are those
            of the parameters that ship with ketnoi.

    Raises:
        InputFaults: the panel is too short to learn from.
    """
    shipped = None if earlier else read_fitted()
    learned = {}
    for name, table in panel.tables.items():
        if shipped is None:
            revision = _measured_revision(earlier, table, name)
        else:
            revision = shipped.indicators[name].revision
        learned[name] = _learned(panel.name, name, table, table.last, revision)
    return Fitted(provenance=_provenance(panel, earlier, shipped), indicators=learned)


def _provenance(panel: Panel, earlier: Panel | None, shipped: Fitted | None) -> dict[str, Any]:
    against = {"panel": earlier.name, "sha256": earlier.sha256} if earlier else None
    return {
        "panel": panel.name,
        "sha256": panel.sha256,
        "years": {name: [table.first, table.last] for name, table in panel.tables.items()},
        "countries": {name: len(table.countries) for name, table in panel.tables.items()},
        "revisions_against": against or (shipped and shipped.provenance["revisions_against"]),
        "ketnoi": version("ketnoi"),
    }


def _measured_revision(earlier: Panel | None, table: Table, name: str) -> float:
    if earlier is None or name not in earlier.tables:
        return 0.0
    older = earlier.tables[name]
    values = older.values
    newer = _rows(table, older.countries).over(older.first, older.last + HORIZON)
    try:
        return measure_revision(values, newer, older.first, ceiling=CEILINGS[name])
    except ValueError as error:
        raise _too_short(earlier.name, name, older.last, error) from None


def _rows(table: Table, countries: Sequence[str]) -> Table:
    """Return a table of these countries, unknown where the table has them not."""
    place = {country: row for row, country in enumerate(table.countries)}
    blank = np.full(table.values.shape[1], np.nan)
    rows = [table.values[place[name]] if name in place else blank for name in countries]
    return Table(countries=tuple(countries), first=table.first, values=np.array(rows))


def _learned(panel: str, name: str, table: Table, origin: int, revision: float) -> Experience:
    known = table.over(table.first, origin)
    try:
        return learn(known, table.first, ceiling=CEILINGS[name], revision=revision)
    except ValueError as error:
        raise _too_short(panel, name, origin, error) from None


def _too_short(panel: str, name: str, origin: int, error: ValueError) -> InputFaults:
    place = f"{name}, years to {origin}"
    return InputFaults([Fault(panel, place, str(error), "a longer panel, or a later origin")])


def write_fitted(fitted: Fitted, path: Path) -> None:
    """Write fitted parameters as JSON that a person can read."""
    indicators = {name: _plain(learned) for name, learned in fitted.indicators.items()}
    whole = {"layout": LAYOUT, "provenance": dict(fitted.provenance), "indicators": indicators}
    path.write_text(_laid_out(whole) + "\n", encoding="utf-8")


def _plain(learned: Experience) -> dict[str, Any]:
    plain = asdict(learned)
    plain["ceiling"] = None if math.isinf(learned.ceiling) else learned.ceiling
    plain["weights"] = dict(zip(MEMBERS, learned.weights.tolist(), strict=True))
    plain["spread"]["levels"] = LEVELS
    return plain


def _laid_out(value: Any, depth: int = 0) -> str:
    """Return JSON with an entry a line, and a list of numbers on one."""
    margin = "\n" + "  " * (depth + 1)
    end = "\n" + "  " * depth
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        items = [f"{json.dumps(key)}: {_laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{" + margin + ("," + margin).join(items) + end + "}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        rows = [_laid_out(row, depth + 1) for row in value]
        return "[" + margin + ("," + margin).join(rows) + end + "]"
    if isinstance(value, list):
        return "[" + ", ".join(_laid_out(item) for item in value) + "]"
    if isinstance(value, float):
        return json.dumps(float(f"{value:.{DIGITS}g}"))
    return json.dumps(value)


def read_fitted(path: Path | None = None) -> Fitted:
    """Return fitted parameters from a file, or those that ship with ketnoi.

    Raises:
        InputFaults: the file is missing, malformed or of another layout.
    """
    where = path or Path(str(files("sim"))) / "fitted" / "panel.json"
    text = read_text(where)
    try:
        whole = json.loads(text)
        if whole["layout"] != LAYOUT:
            given, wanted = f"layout {whole['layout']}", f"layout {LAYOUT}, as `ketnoi fit` writes"
            raise InputFaults([Fault(str(where), "layout", given, wanted)])
        learned = {name: _experience(entry) for name, entry in whole["indicators"].items()}
        return Fitted(provenance=whole["provenance"], indicators=learned)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        given = f"{type(error).__name__}: {error}"
        wanted = "parameters as `ketnoi fit` writes them"
        raise InputFaults([Fault(str(where), "", given, wanted)]) from None


def _experience(entry: Mapping[str, Any]) -> Experience:
    spread = entry["spread"]
    if spread["levels"] != LEVELS.round(DIGITS).tolist():
        raise KeyError("spread.levels other than those of this version")
    return Experience(
        first=entry["first"],
        front=np.array(entry["front"]),
        dynamics=Dynamics(**{name: np.array(item) for name, item in entry["dynamics"].items()}),
        weights=np.array([entry["weights"][name] for name in MEMBERS]),
        spread=Spread(
            scale=np.array(spread["scale"]), shape=np.array(spread["shape"]), bond=spread["bond"]
        ),
        ceiling=math.inf if entry["ceiling"] is None else entry["ceiling"],
        revision=entry["revision"],
    )


def forecast_series(
    learned: Experience,
    years: Sequence[int],
    values: Sequence[float],
    *,
    horizon: int = HORIZON,
    fresh: bool = True,
) -> Outlook:
    """Return the outlook of one annual series from its last year, `[1, horizon]`.

    Args:
        learned: of the indicator; values are in its units.
        years: in any order, each once; gaps are drawn straight.
        values: at least five of them positive, none missing.
        horizon: years ahead.
        fresh: whether the last figure may still be revised.

    Raises:
        ValueError: fewer than five positive values.
    """
    series = np.full((1, max(years) - min(years) + 1), np.nan)
    series[0, np.asarray(years) - min(years)] = values
    outlook = foresee(learned, series, min(years), horizon=horizon, fresh=fresh)
    if not len(outlook.rows):
        raise ValueError(f"{len(values)} values: at least 5 positive ones needed")
    return outlook


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
            yield Fault(panel.name, "", f"no value of {name}", f"values of {name} to learn from")
    first = min(table.first for table in panel.tables.values())
    last = max(table.last for table in panel.tables.values())
    for origin in origins:
        if not first <= origin <= last:
            yield Fault(panel.name, "", f"origin {origin}", f"a year from {first} to {last}")
        elif origins.count(origin) > 1:
            yield Fault(panel.name, "", f"origin {origin} more than once", "each origin once")


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
    learned = _learned(job.panel, job.indicator, job.learned_from, origin, job.revision or 0.0)
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
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
