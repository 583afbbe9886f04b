"""What counts of what was built teach: weights on the draws, by what their assumptions would show.

A count enters by both factors of Bayes' rule: where things stand is the start of the new vintage's
run; how likely the count was under each draw's assumptions is that draw's weight. The latter is
read off the run of the vintage that spoke of the count's day: levels on assumptions, by least
squares. What assumptions do not explain is luck, which will be another the next time: it widens
the error of a count and is never learned.

Method: synthetic likelihood (Wood 2010) with a linear mean; effective draws after Kish (1965).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from sim.ask.hindsight import LIST, VILLAGES, figures_of
from sim.ask.summary import TELLING
from sim.forecast import Array, Forecast
from sim.indicators import of_kind
from sim.months import month_of
from sim.place.case import Case
from sim.place.records import Observation

LEAST = 0.1  # of the draws that must count, or a count is at odds with them
BUILT = tuple(row.name for row in of_kind("reached"))
START = {"passed_nonusers", "passed_upland_odds", "villages_done_since_list"}  # overtaken by counts
ROUNDING = 0.29  # villages: the error of a whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A vintage that was run: what was known, the whole's draws, and the ranks of assumptions."""

    case: Case
    forecast: Forecast
    ranks: Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """What the counts that one vintage spoke of say of assumptions.

    Attributes:
        figures: the counts.
        names: assumptions that move what was counted by more than chance.
        shown: `[1 + assumption, count]` the levels that their standardised ranks would show.
        came: `[count]`.
        precision: `[count, count]` of luck and the errors of figures together.
    """

    figures: tuple[Observation, ...]
    names: tuple[str, ...]
    shown: Array
    came: Array
    precision: Array

    def scores(self, ranks: Mapping[str, Array]) -> Array:
        """Return the log-likelihood of the counts under each draw's assumptions."""
        apart = self.came - _with_one(ranks, self.names) @ self.shown
        return np.asarray(-0.5 * np.einsum("ri,ij,rj->r", apart, self.precision, apart))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """What each draw counts for.

    Attributes:
        shares: `[replicate]`, together 1; None where all count alike.
        effective: how many draws that count alike tell as much.
        power: to which weights were raised so that a tenth of the draws is left; else 1.
    """

    shares: Array | None
    effective: float
    power: float = 1.0


def lessons(said: Sequence[Said], case: Case) -> list[Lesson]:
    """Return what a case's counts teach, each figure by the one vintage that spoke of it."""
    heard: dict[int, list[tuple[str, Observation, float]]] = {}
    for name in BUILT:
        for row, level in figures_of(case, case.observations, name, case.head.nation):
            place = speaker(said, row)
            if place is not None and name in said[place].forecast.tracks:
                heard.setdefault(place, []).append((name, row, level))
    found = (_lesson(said[place], heard[place]) for place in sorted(heard))
    return [each for each in found if each is not None]


def speaker(said: Sequence[Said], row: Observation) -> int | None:
    """Return which vintage a figure is held against: the last one whose run covers its day.

    What is counted stands in a run where it was last counted, however long ago: of vintages that
    knew the same counts, the first one spoke from nearest to them.
    """
    ends = [each.forecast.months for each in said]
    spoke = [
        place
        for place, months in enumerate(ends)
        if months[0] <= row.date <= months[-1] and row not in said[place].case.observations
    ]
    if not spoke or row.indicator not in (*BUILT, LIST):
        return spoke[-1] if spoke else None
    known = [_counts(said[place].case, row) for place in spoke]
    return spoke[known.index(known[-1])]


def _counts(case: Case, row: Observation) -> list[Observation]:
    alike = (VILLAGES, LIST) if row.indicator in (VILLAGES, LIST) else (row.indicator,)
    return [each for each in case.observations if each.indicator in alike and each.area == row.area]


def _lesson(said: Said, heard: Sequence[tuple[str, Observation, float]]) -> Lesson | None:
    """Return what counts teach; None where no assumption moves what was counted."""
    months = said.forecast.months
    levels = np.stack(
        [said.forecast.nation(name)[:, month_of(months, row.date)] for name, row, _ in heard],
        axis=1,
    )
    names = tuple(_telling(levels, said.ranks))
    if not names:
        return None
    known = _with_one(said.ranks, names)
    shown = np.asarray(np.linalg.lstsq(known, levels, rcond=None)[0], dtype=float)
    luck = levels - known @ shown
    spread = luck.T @ luck / max(len(luck) - known.shape[1], 1)
    errors = [error(said.case, row) ** 2 for _, row, _ in heard]
    return Lesson(
        figures=tuple(row for _, row, _ in heard),
        names=names,
        shown=shown,
        came=np.array([level for _, _, level in heard]),
        precision=np.linalg.pinv(spread + np.diag(errors), hermitian=True),
    )


def _telling(levels: Array, ranks: Mapping[str, Array]) -> Iterator[str]:
    """Yield the assumptions whose correlation with a level is more than chance."""
    own = (levels - levels.mean(axis=0)) / np.maximum(levels.std(axis=0), 1e-12)
    least = TELLING / np.sqrt(len(levels))
    for name, rank in ranks.items():
        if name not in START and np.abs(rank @ own).max() / len(levels) >= least:
            yield name


def error(case: Case, row: Observation) -> float:
    """Return the error of a figure, as a level: of its confidence; of a list, its rounding."""
    if row.indicator == LIST:
        return ROUNDING / max(float(case.columns["villages"].sum()), 1.0)
    return case.assumptions[f"noise_{row.confidence}"].central


def _with_one(ranks: Mapping[str, Array], names: Sequence[str]) -> Array:
    columns = [ranks[name] for name in names]
    return np.column_stack([np.ones(len(columns[0])), *columns])


def weigh(
    taught: Sequence[Lesson], ranks: Mapping[str, Array], draws: int, *, least: float = 0.0
) -> Weights:
    """Return what each draw counts for by what was taught.

    Args:
        taught: from `lessons`.
        ranks: the standardised ranks of the assumptions of the draws.
        draws: how many there are.
        least: effective draws that must be left: where they are not, weights are tempered,
            raised to the largest power that leaves them.
    """
    if not taught:
        return Weights(shares=None, effective=float(draws))
    scores = np.sum([each.scores(ranks) for each in taught], axis=0)
    found = _raised(scores, 1.0)
    if found.effective >= least:
        return found
    return _raised(scores, brentq(lambda power: _raised(scores, power).effective - least, 0, 1))


def _raised(scores: Array, power: float) -> Weights:
    shares = np.exp(power * (scores - scores.max()))
    shares /= shares.sum()
    return Weights(shares=shares, effective=float(1 / (shares**2).sum()), power=power)
