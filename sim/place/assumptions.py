"""What nobody sets: named quantities with a range and a source, drawn once a replicate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy.special import ndtri

from sim.arrays import Array
from sim.faults import Fault, near, shown
from sim.reading import Record, read_rows
from sim.streams import uniforms

Confidence = Literal["high", "medium", "low"]
Distribution = Literal["triangular", "lognormal", "uniform", "fixed"]


class Assumption(Record):
    """One row of `assumptions.csv`: a quantity, its range, and where it comes from."""

    id: str
    meaning_en: str
    meaning_vi: str
    low: float
    central: float
    high: float
    unit: str
    distribution: Distribution
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    source_vi: str = ""

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


@dataclass(frozen=True, slots=True)
class Need:
    """What the model asks of an assumption: its unit and the values that make sense."""

    unit: str
    least: float
    most: float


_SHARE = ("share", 0.0, 1.0)
_POSITIVE = 1e-6
NEEDED: Mapping[str, Need] = {
    "villages_done_since_list": Need(*_SHARE),
    "village_list_redrawn": Need("ratio", 0.5, 3),
    "villages_unpowered": Need(*_SHARE),
    "village_upland_odds": Need("ratio", _POSITIVE, 1000),
    "village_site_cost": Need("m VND", 1, 1e5),
    "village_crew_sites": Need("sites a crew-month", _POSITIVE, 100),
    "villages_per_crew": Need("villages", 1, 1000),
    "operator_village_money": Need("bn VND a year", 0, 1e6),
    "grid_villages_a_month": Need("villages a month", 0, 1e4),
    "solar_teams": Need("teams", 0, 1000),
    "solar_months": Need("months", _POSITIVE, 60),
    "solar_cost": Need("m VND", 1, 1e5),
    "sharing_saving": Need(*_SHARE),
    "survey_months": Need("months", 0, 60),
    "permit_slippage": Need("ratio", 0, 60),
    "duration_spread": Need("log standard deviation", 0, 3),
    "equipment_months": Need("months", 0, 60),
    "integration_months": Need("months", 0, 60),
    "wet_season_rate": Need("share", 0.05, 1),
    "passed_nonusers": Need(*_SHARE),
    "passed_upland_odds": Need("ratio", _POSITIVE, 100),
    "fibre_cost_lowland": Need("m VND", 0.01, 1000),
    "fibre_cost_upland": Need("m VND", 0.01, 1000),
    "fibre_pass_rate": Need("share a month", _POSITIVE, 1),
    "operator_fibre_money": Need("bn VND a year", 0, 1e6),
    "dig_once_saving": Need(*_SHARE),
    "cash_by_feb": Need(*_SHARE),
    "cash_by_jul": Need(*_SHARE),
    "cash_by_nov": Need(*_SHARE),
    "cash_executed": Need(*_SHARE),
    "private_delivered": Need("share", 0, 2),
    "imitation": Need("ratio", 0, 100),
    "fibre_willing": Need(*_SHARE),
    "smartphone_ceiling": Need(*_SHARE),
    "receptive_nonusers": Need(*_SHARE),
    "voucher_lag": Need("months", 0, 60),
    "fibre_voucher_cost": Need("m VND", 0.01, 1000),
    "smartphone_voucher_cost": Need("m VND", 0.01, 1000),
    "training_cost": Need("m VND", 0.001, 1000),
    "training_effect": Need(*_SHARE),
    "training_spillover": Need("persons", 0, 20),
    "team_cost": Need("m VND a team-year", 0.01, 1e4),
    "team_members": Need("persons", 0, 100),
    "team_reach": Need("persons a member-month", 0, 1000),
    "team_ramp": Need("months", 0.1, 120),
    "advertising_elasticity": Need("elasticity", 0, 2),
    "operator_advertising": Need("bn VND a year", _POSITIVE, 1e6),
    "only_2g": Need("subscriptions per person", 0, 2),
    "switch_off_months": Need("months", 1, 60),
    "switch_off_to_smartphone": Need(*_SHARE),
    "switch_off_to_broadband": Need(*_SHARE),
    "adults_share": Need(*_SHARE),
    "subscriptions_per_new_user": Need("ratio", 0, 5),
    "urban_slope_fibre": Need("logit per unit share", -10, 10),
    "urban_slope_smartphone": Need("logit per unit share", -10, 10),
    "service_slope_fibre": Need("logit per standard deviation", -10, 10),
    "service_slope_smartphone": Need("logit per standard deviation", -10, 10),
    "area_spread": Need("logit standard deviation", 0, 3),
    "gap_spread": Need("logit standard deviation", 0, 3),
    "noise_high": Need("share", 0, 1),
    "noise_medium": Need("share", 0, 1),
    "noise_low": Need("share", 0, 1),
    "trend_damping": Need("share", 0.01, 1),
    "trend_level_shock": Need("logit", _POSITIVE, 1),
    "trend_slope_shock": Need("logit a month", _POSITIVE, 1),
    "mobile_broadband_frontier": Need("subscriptions per person", 1, 5),
}


def load_assumptions(path: Path) -> tuple[dict[str, Assumption], list[Fault]]:
    """Return the assumptions of a case by id, in the order of the file, and every fault."""
    rows, faults = read_rows(path, Assumption, optional=("source_vi",))
    file = str(path)
    found: dict[str, Assumption] = {}
    for line, row in rows:
        place = f"line {line}, {row.id}"
        if row.id in found:
            faults.append(Fault(file, place, "the id a second time", "each id once"))
        faults += _row_faults(row, file, place)
        found[row.id] = row
    faults += [
        Fault(file, "", f"no assumption {name}", f"a row {name} in {need.unit}")
        for name, need in NEEDED.items()
        if name not in found
    ]
    return found, faults


def _row_faults(row: Assumption, file: str, place: str) -> list[Fault]:
    need = NEEDED.get(row.id)
    if need is None:
        return [Fault(file, place, shown(row.id), "no such assumption; " + near(row.id, NEEDED))]
    faults = []
    if not row.low <= row.central <= row.high:
        given = f"low {row.low}, central {row.central}, high {row.high}"
        faults.append(Fault(file, place, given, "low <= central <= high"))
    if row.low < need.least or row.high > need.most:
        given = f"{row.low} to {row.high}"
        faults.append(Fault(file, place, given, f"{need.least:g} to {need.most:g} {need.unit}"))
    if row.unit != need.unit:
        faults.append(Fault(file, place, f"unit {shown(row.unit)}", f"unit {need.unit!r}"))
    if row.distribution == "lognormal" and row.low <= 0:
        faults.append(Fault(file, place, f"lognormal with low {row.low}", "a low above zero"))
    return faults


def draw(assumptions: Sequence[Assumption], seed: int, replicates: int) -> dict[str, Array]:
    """Return `[replicate]` draws of every assumption, each from the stream of its name."""
    return {
        row.id: row.quantile(uniforms(seed, "assumption", row.id, shape=(replicates,)))
        for row in assumptions
    }
