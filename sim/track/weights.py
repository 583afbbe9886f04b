"""What counts of what was built teach: weights on the draws, by what their assumptions would show.

A count enters by both factors of Bayes' rule: where things stand is the start of the new vintage's
run (`sim.track.under_way`); how likely the counts were under each draw's assumptions is that
draw's weight. The latter is read off one run, the first that spoke of them, since later ones have
earlier counts in them: levels on assumptions, by least squares. What assumptions do not explain is
luck, which will be another the next time: it widens the error of a count and is never learned.

Method: synthetic likelihood (Wood 2010) with a linear mean; effective draws after Kish (1965).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import brentq
from scipy.special import ndtr

from sim.ask.hindsight import LIST, figures_of
from sim.ask.summary import TELLING
from sim.forecast import Array, Forecast, quantiles
from sim.indicators import of_kind
from sim.months import month_of
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.records import Observation
from sim.place.targets import Judgement, Target, judge
from sim.track.watch import NINETY, Seen

LEAST = 0.1  # of the draws that must count, or a count is at odds with them
BUILT = tuple(row.name for row in of_kind("reached"))
LEARNED = ("covered_villages", "listed_villages")  # homes passed teach nothing that helped twins
START = {  # what only says where a run begins: counts have taken its place, works go on
    *("passed_nonusers", "passed_upland_odds", "fibre_works_begun"),
    *("villages_done_since_list", "village_works_begun"),
}
ROUNDING = 0.29  # villages: the error of a whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A vintage that was run: what was known, the plan, the whole's draws, assumptions' ranks."""

    case: Case
    levers: Mapping[str, Setting]
    forecast: Forecast
    ranks: Mapping[str, Array]

    def covers(self, row: Observation) -> bool:
        """Return whether its run speaks of a figure, and it did not know it."""
        months = self.forecast.months
        return months[0] <= row.date <= months[-1] and row not in self.case.observations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """Counts by their days, and what one vintage said of them; those of a day are one count.

    Attributes:
        said: the vintage.
        rows: count -> its figures, with the level of each.
        names: `[count]` indicators.
        levels: `[replicate, count]` that were forecast.
        came: `[count]`, the mean of its figures.
        root: `[count, count]` Cholesky root of the covariance of levels and errors.
        errors: `[count]`.
    """

    said: Said
    rows: Sequence[Sequence[tuple[Observation, float]]]
    names: Sequence[str]
    levels: Array
    came: Array
    errors: Array
    root: Array

    @property
    def figures(self) -> tuple[Observation, ...]:
        """All figures."""
        return tuple(row for each in self.rows for row, _ in each)

    def steps(self, levels: Array) -> Array:
        """Return levels as normal scores, each given the counts before it, `[..., count]`."""
        apart = np.atleast_2d(levels - self.levels.mean(axis=0))
        return np.asarray(solve_triangular(self.root, apart.T, lower=True).T)

    def seen(self) -> Iterator[Seen]:
        """Yield where each figure fell in what was forecast of it, given the counts before it.

        A step of what came is set against the same step of every draw, so what is not normal,
        a new list of villages, say, is expected as often as the draws have it.
        """
        spread, steps = np.diag(self.root), self.steps(self.levels)
        middle = self.came - self.steps(self.came)[0] * spread
        inverse = solve_triangular(self.root, np.diag(self.errors), lower=True)
        errors = np.maximum(np.sqrt((inverse**2).sum(axis=1)), 1e-9)
        for place, rows in enumerate(self.rows):
            ends = quantiles(steps[:, place])
            ends[::2] = ends[1] + np.hypot(ends[::2] - ends[1], NINETY * errors[place]) * [-1, 1]
            low, half, high = np.clip(middle[place] + spread[place] * ends, 0, None).tolist()
            for row, level in rows:
                apart = (level - middle[place]) / spread[place] - steps[:, place]
                below = ndtr(apart / errors[place]).mean()
                yield Seen(
                    figure=row,
                    indicator=self.names[place],
                    level=level,
                    expected=(low, half, high),
                    chance_below=float(below),
                )


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


def heard(said: Sequence[Said], case: Case, among: Sequence[str] = BUILT) -> list[Heard]:
    """Return a case's counts of what was built, each with the one vintage that spoke of it.

    It is the first one that did, under the plan that stood last.
    """
    found: dict[int, dict[tuple[date, str], list[tuple[Observation, float]]]] = {}
    for name in among:
        for row, level in figures_of(case, case.observations, name, case.head.nation):
            spoke = [place for place, each in enumerate(said) if each.covers(row)]
            spoke = [place for place in spoke if said[place].levers == said[spoke[-1]].levers]
            if spoke and name in said[spoke[0]].forecast.tracks:
                of_day = found.setdefault(spoke[0], {}).setdefault((row.date, name), [])
                of_day.append((row, level))
    return [_heard(said[place], found[place]) for place in sorted(found)]


def _heard(
    said: Said, found: Mapping[tuple[date, str], Sequence[tuple[Observation, float]]]
) -> Heard:
    keys, months = sorted(found), said.forecast.months
    rows = [found[key] for key in keys]
    spoken = [said.forecast.nation(name)[:, month_of(months, day)] for day, name in keys]
    levels = np.stack(spoken, axis=1)
    errors = np.array([min(_error(said.case, row) for row, _ in each) for each in rows])
    spread = np.atleast_2d(np.cov(levels.T)) + np.diag(np.maximum(errors, 1e-6) ** 2)
    return Heard(
        said=said,
        rows=rows,
        names=[name for _, name in keys],
        levels=levels,
        came=np.array([np.mean([level for _, level in each]) for each in rows]),
        errors=errors,
        root=np.asarray(np.linalg.cholesky(spread), dtype=float),
    )


def lessons(said: Sequence[Said], case: Case) -> list[Lesson]:
    """Return what a case's counts teach of the assumptions."""
    found = (_lesson(each) for each in heard(said, case, LEARNED))
    return [each for each in found if each is not None]


def _lesson(of: Heard) -> Lesson | None:
    """Return what counts teach; None where no assumption moves what was counted."""
    names = tuple(_telling(of.steps(of.levels), of.said.ranks))
    if not names:
        return None
    known = _with_one(of.said.ranks, names)
    shown = np.asarray(np.linalg.lstsq(known, of.levels, rcond=None)[0], dtype=float)
    luck = of.levels - known @ shown
    spread = luck.T @ luck / max(len(luck) - known.shape[1], 1)
    return Lesson(
        figures=of.figures,
        names=names,
        shown=shown,
        came=of.came,
        precision=np.linalg.inv(spread + np.diag(np.maximum(of.errors, 1e-6) ** 2)),
    )


def _telling(steps: Array, ranks: Mapping[str, Array]) -> Iterator[str]:
    """Yield the assumptions whose correlation with a step is more than chance."""
    own = (steps - steps.mean(axis=0)) / np.maximum(steps.std(axis=0), 1e-12)
    least = TELLING / np.sqrt(len(steps))
    for name, rank in ranks.items():
        if name not in START and np.abs(rank @ own).max() / len(steps) >= least:
            yield name


def _error(case: Case, row: Observation) -> float:
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


def judged(
    forecast: Forecast, targets: Sequence[Target], baseline: Forecast | None = None
) -> Judgement:
    """Return a judgement in which counts weigh what they are of, and all targets together.

    The chance of any other target is that of the draws alike, which a count does not touch.
    """
    found = judge(forecast, targets, baseline)
    alike = judge(replace(forecast, weights=None), targets, baseline)
    pairs = zip(found.verdicts, alike.verdicts, strict=True)
    verdicts = (own if own.target.indicator in LEARNED else other for own, other in pairs)
    return replace(found, verdicts=tuple(verdicts))


def _raised(scores: Array, power: float) -> Weights:
    shares = np.exp(power * (scores - scores.max()))
    shares /= shares.sum()
    return Weights(shares=shares, effective=float(1 / (shares**2).sum()), power=power)
