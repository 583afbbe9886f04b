"""What a country panel taught: fitted, kept in a file, and used on a series."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from models.paths.experience import Experience, Outlook, foresee, learn, measure_revision
from models.paths.intervals import LEVELS, Spread
from models.paths.pooled import HORIZON, MEMBERS, Dynamics
from sim.faults import Fault, InputFaults, told
from sim.reading import read_text
from sim.world.past.panel import (
    CEILINGS,
    CORRECTED,
    PER_HOUSEHOLD,
    REPORTED,
    SIZES,
    Panel,
    Table,
    household_size,
)
from sim.writing import write_file

DIGITS = 6  # significant digits of what is written
SHIPPED = Path(__file__).parent / "fitted" / "panel.json"
EDITIONS: Mapping[date, Path] = {  # when the panel behind them was published -> parameters
    date(2018, 11, 6): SHIPPED.with_name("panel-2018.json"),
    date(2021, 10, 11): SHIPPED,
    date(2025, 12, 31): SHIPPED.with_name("panel-2025.json"),  # at the latest
}
LAYOUT = 2  # of the file of fitted parameters
SPREAD = ("scale", "middle", "sides", "shape", "paces", "tails")  # arrays in it


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
        learned[name] = learn_up_to(panel.name, name, table, table.last, revision)
    return Fitted(provenance=_provenance(panel, earlier, shipped), indicators=learned)


def _provenance(panel: Panel, earlier: Panel | None, shipped: Fitted | None) -> dict[str, Any]:
    against = {"panel": earlier.name, "sha256": earlier.sha256} if earlier else None
    return {
        "panel": panel.name,
        "sha256": panel.sha256,
        "years": {name: [table.first, table.last] for name, table in panel.tables.items()},
        "countries": {name: len(table.countries) for name, table in panel.tables.items()},
        "household_size": _household_sizes(panel),
        "revisions_against": against or (shipped and shipped.provenance["revisions_against"]),
        "ketnoi": version("ketnoi"),
    }


def _household_sizes(panel: Panel) -> dict[str, Any]:
    """Return where persons per household come from, and whose are their region's."""
    countries = panel.tables[PER_HOUSEHOLD].countries if PER_HOUSEHOLD in panel.tables else ()
    median = [name for name in countries if household_size(name)[1] != REPORTED]
    return {"file": SIZES.name, "sha256": sha256(SIZES.read_bytes()).hexdigest(), "median": median}


def _measured_revision(earlier: Panel | None, table: Table, name: str) -> float:
    if earlier is None or name not in earlier.tables:
        return 0.0
    older = earlier.tables[name]
    values = older.values
    newer = _rows(table, older.countries).over(older.first, older.last + HORIZON)
    try:
        return measure_revision(
            values, newer, older.first, ceiling=CEILINGS[name], corrected=name in CORRECTED
        )
    except ValueError as error:
        raise _too_short(earlier.name, name, older.last, error) from None


def _rows(table: Table, countries: Sequence[str]) -> Table:
    """Return a table of these countries, unknown where the table has them not."""
    place = {country: row for row, country in enumerate(table.countries)}
    blank = np.full(table.values.shape[1], np.nan)
    rows = [table.values[place[name]] if name in place else blank for name in countries]
    return Table(countries=tuple(countries), first=table.first, values=np.array(rows))


def learn_up_to(panel: str, name: str, table: Table, origin: int, revision: float) -> Experience:
    """Return what a table taught by the end of a year; `InputFaults` where it is too short."""
    known = table.over(table.first, origin)
    try:
        return learn(
            known,
            table.first,
            ceiling=CEILINGS[name],
            corrected=name in CORRECTED,
            revision=revision,
        )
    except ValueError as error:
        raise _too_short(panel, name, origin, error) from None


def _too_short(panel: str, name: str, origin: int, error: ValueError) -> InputFaults:
    place = f"{name}, years to {origin}"
    return InputFaults([Fault(panel, place, str(error), told("a longer panel, or a later origin"))])


def write_fitted(fitted: Fitted, path: Path) -> None:
    """Write fitted parameters as JSON that a person can read."""
    indicators = {name: _plain(learned) for name, learned in fitted.indicators.items()}
    whole = {"layout": LAYOUT, "provenance": dict(fitted.provenance), "indicators": indicators}
    write_file(path, (_laid_out(whole) + "\n").encode())


def _plain(learned: Experience) -> dict[str, Any]:
    plain = asdict(learned)
    plain["ceiling"] = None if math.isinf(learned.ceiling) else learned.ceiling
    plain["weights"] = dict(zip(MEMBERS, learned.weights.tolist(), strict=True))
    plain["spread"]["levels"] = LEVELS
    return plain


def _laid_out(value: object, depth: int = 0) -> str:
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
    where = path or SHIPPED
    text = read_text(where)
    try:
        whole = json.loads(text)
        if whole["layout"] != LAYOUT:
            given, wanted = (
                told("layout {layout}", layout=whole["layout"]),
                told("layout {layout}, as `ketnoi fit` writes", layout=LAYOUT),
            )
            raise InputFaults([Fault(str(where), "layout", given, wanted)])
        learned = {name: _experience(entry) for name, entry in whole["indicators"].items()}
        return Fitted(provenance=whole["provenance"], indicators=learned)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        given = told("{name}: {error}", name=type(error).__name__, error=error)
        wanted = told("parameters as `ketnoi fit` writes them")
        raise InputFaults([Fault(str(where), "", given, wanted)]) from None


def published_by(day: date) -> date | None:
    """Return when the last edition was published that was out on a day; None before the first."""
    return max((each for each in EDITIONS if each <= day), default=None)


@cache
def edition(published: date) -> Fitted:
    """Return the parameters of an edition."""
    return read_fitted(EDITIONS[published])


def _experience(entry: Mapping[str, Any]) -> Experience:
    spread = entry["spread"]
    if spread["levels"] != LEVELS.round(DIGITS).tolist():
        raise KeyError("spread.levels other than those of this version")
    return Experience(
        first=entry["first"],
        front=np.array(entry["front"]),
        dynamics=Dynamics(**{name: np.array(item) for name, item in entry["dynamics"].items()}),
        weights=np.array([entry["weights"][name] for name in MEMBERS]),
        spread=Spread(**{name: np.array(spread[name]) for name in SPREAD}, bond=spread["bond"]),
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
