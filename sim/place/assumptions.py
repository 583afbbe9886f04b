"""What nobody sets: named quantities with a range and a source, drawn once a replicate."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic
from pydantic import Field
from scipy.special import ndtri

from sim.faults import Fault, Message, near, shown, span, told, unfit
from sim.forecast import Array
from sim.reading import Record, dotted, read_rows
from sim.streams import uniforms
from sim.words import small

HOME = "bn VND"  # the money of the library of defaults, Viet Nam's

Confidence = Literal["high", "medium", "low"]
Distribution = Literal["triangular", "lognormal", "uniform", "fixed"]


class Assumption(Record):
    """One row of `assumptions.csv`: a quantity, its range, and where it comes from."""

    id: str
    meaning_en: str = ""
    meaning_vi: str = ""
    low: float
    central: float
    high: float
    unit: str
    distribution: Distribution
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    source_vi: str = ""

    @pydantic.field_validator("low", "central", "high", mode="before")
    @classmethod
    def _one_number(cls, value: object) -> object:
        if isinstance(value, str) and dotted(value):
            raise unfit("{meant}, one of the two", meant=dotted(value))
        return value

    @property
    def told(self) -> str:
        """Its range and distribution in one line."""
        ends = " … ".join(f"{end:.10g}" for end in (self.low, self.central, self.high))
        return f"{ends} {self.distribution}"

    def meaning(self, language: str) -> str:
        """Return what the quantity is."""
        return self.meaning_vi if language == "vi" else self.meaning_en

    def evidence(self, language: str) -> str:
        """Return where its range comes from, as the file has it where it has no Vietnamese."""
        return self.source_vi or self.source if language == "vi" else self.source

    def quantile(self, u: Array) -> Array:
        """Return the value below which a share `u` of the draws lies.

        triangular: from low to high with its mode at central. lognormal: median central,
        5 % below low, 5 % above high, each side with its own spread. uniform: low to high.
        fixed: central.
        """
        if self.distribution == "fixed" or self.low == self.high:
            return np.full_like(u, self.central)
        if self.distribution == "uniform":
            return self.low + u * (self.high - self.low)
        if self.distribution == "lognormal":
            return self._lognormal(u)
        span, left = self.high - self.low, self.central - self.low
        split = left / span
        rising = self.low + np.sqrt(u * span * left)
        falling = self.high - np.sqrt((1 - u) * span * (span - left))
        return np.where(u < split, rising, falling)

    def _lognormal(self, u: Array) -> Array:
        normal = ndtri(np.clip(u, 1e-12, 1 - 1e-12))
        below, above = np.log(self.central / self.low), np.log(self.high / self.central)
        return np.asarray(
            self.central * np.exp(normal / 1.6448536 * np.where(u < 0.5, below, above))
        )


class Need(Record):
    """One row of `needs.csv`: what the model asks, its unit and the values that make sense.

    Units say `{m}` and `{bn}` for a place's small and large money unit. `tie` is the side whose
    assumptions share a factor, with a plus where more of it brings more and a minus where less.
    """

    id: str
    unit: str
    least: float
    most: float
    tie: Literal["", "supply+", "supply-", "demand+", "demand-"] = ""


@cache
def needs() -> Mapping[str, Need]:
    """Return what the model asks of a place, by the table `needs.csv` beside this file."""
    rows, faults = read_rows(Path(__file__).with_name("needs.csv"), Need)
    assert not faults, faults
    return {row.id: row for _, row in rows}


def unit_of(need: Need, money: str) -> str:
    """Return the unit of a need in a place's money.

    >>> unit_of(needs()["team_cost"], "m EUR"), unit_of(needs()["operator_fibre_money"], "bn LAK")
    ('k EUR a team-year', 'bn LAK a year')
    """
    return need.unit.format(bn=money, m=small(money))


def load_assumptions(
    path: Path, money: str = HOME, worth: float = 1.0
) -> tuple[dict[str, Assumption], list[Fault]]:
    """Return the assumptions that a case has of its own, in the order of the file, and faults.

    Args:
        path: of its `assumptions.csv`, which need not be there.
        money: its large unit.
        worth: of a large unit of the library in it, by which bounds of what makes sense are moved.
    """
    if not path.exists():
        return {}, []
    optional = ("source_vi", "meaning_en", "meaning_vi")
    rows, faults = read_rows(path, Assumption, optional=optional)
    file = str(path)
    found: dict[str, Assumption] = {}
    for line, row in rows:
        place = f"line {line}, {row.id}"
        if row.id in found:
            faults.append(Fault(file, place, told("the id a second time"), told("each id once")))
        faults += [Fault(file, place, *each) for each in range_faults(row, money, worth)]
        found[row.id] = row
    return found, faults


def cash_faults(rows: Mapping[str, Assumption], file: str) -> Iterator[Fault]:
    """Yield points of the curve of public cash whose ranges can cross."""
    known = [rows[name] for name in needs() if name.startswith("cash_by_") and name in rows]
    for before, after in pairwise(known):
        if before.high > after.low:
            given = told(
                "up to {high:g}, while {id} starts at {low:g}",
                high=before.high,
                id=after.id,
                low=after.low,
            )
            wanted = told("ranges that do not overlap: cash spent to date only grows")
            yield Fault(file, before.id, given, wanted)


def range_faults(row: Assumption, money: str, worth: float) -> Iterator[tuple[str, Message]]:
    """Yield what was given and what would do, for everything wrong with a row.

    Args:
        row: an assumption of a place.
        money: the place's large unit.
        worth: of a large unit of the library in it.
    """
    need = needs().get(row.id)
    if need is None:
        yield shown(row.id), told("no such assumption; {hint}", hint=near(row.id, needs()))
        return
    if not row.low <= row.central <= row.high:
        ends = {"low": row.low, "central": row.central, "high": row.high}
        given = told("low {low}, central {central}, high {high}", **ends)
        yield given, told("low <= central <= high")
    unit, times = unit_of(need, money), worth if "{" in need.unit else 1.0
    if row.low < need.least * times or row.high > need.most * times:
        given = told("{low} to {high}", low=row.low, high=row.high)
        yield given, span(need.least * times, need.most * times, unit)
    if row.unit != unit:
        wanted = told("unit {unit}", unit=shown(unit))
        yield told("unit {unit}", unit=shown(row.unit)), wanted
    if row.distribution == "lognormal":
        yield from _tail_faults(row, need)


def _tail_faults(row: Assumption, need: Need) -> Iterator[tuple[str, Message]]:
    """Yield a lognormal that begins at nought, or a share whose tail passes its bound."""
    if row.low <= 0:
        yield told("lognormal with low {low}", low=row.low), told("a low above zero")
        return
    share = row.low <= row.central <= row.high and need.unit == "share"
    if share and float(row.quantile(np.array([0.9999]))[0]) > need.most:
        ends = {"high": row.high, "most": need.most}
        given = told("lognormal up to {high:g}, whose tail passes {most:g}", **ends)
        yield given, told("a triangular, or a lower high")


def draw(assumptions: Sequence[Assumption], seed: int, replicates: int) -> dict[str, Array]:
    """Return `[replicate]` draws of every assumption, each from the stream of its name."""
    return {
        row.id: row.quantile(uniforms(seed, "assumption", row.id, shape=(replicates,)))
        for row in assumptions
    }
