"""Beside the plan found: money against chance, doing without, other plans, the next money."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.forecast import Array
from sim.place.targets import WIDE
from sim.seek.late import strongest
from sim.seek.margins import Trial
from sim.seek.reply import Levers, Point, Swing, Without, Worth
from sim.seek.search import (
    NARROW,
    Aim,
    Field,
    Fractions,
    along,
    between,
    polished,
)
from sim.seek.seeker import Seeker
from sim.streams import stream

CHANCES = tuple(round(0.01 * i, 2) for i in range(1, 96))  # to 95 %
SURE = 0.5  # of a curve: from here on, or from less that is asked for or stands
CURVE_RUNS, SWING_RUNS, RESAMPLED, STRONGEST = 9, 5, 200, 3
NEAR_MONEY, NEAR_CHANCE, OTHERS, UNLIKE = 1.05, 0.01, 5, 0.02
NUDGE = 0.1  # of the way from a budget's lowest to its aim


def curve(field: Field, at: Fractions) -> tuple[Point, ...]:
    """Return the money that each chance takes along the mix found, from nine runs.

    Where each draw first meets the targets along the mix is the money it needs; these, sorted,
    are the curve. Chances that the mix does not reach are left out.
    """
    if not any(at):
        return ()
    need = _along(field, at, CURVE_RUNS)
    luck = stream(field.wish.question.seed, "money against chance")
    again = np.sort(need[luck.integers(len(need), size=(RESAMPLED, len(need)))], axis=1)
    points = []
    for chance, money in _curve(field, need).items():
        drawn = again[:, _place(chance, need)]
        low, high = (float(each) for each in np.quantile(drawn, (0.025, 0.975), method="nearest"))
        points.append(Point(chance=chance, money=money, band=(low, high)))
    return tuple(points)


def swings(seeker: Seeker, field: Field, at: Fractions) -> Iterator[Swing]:
    """Yield the curve with each of the strongest assumptions at its ends, on the first draws."""
    question, margins = seeker.wish.question, field.on(seeker.all).trial(at).margins
    for name in strongest(question, margins)[:STRONGEST] if any(at) else ():
        known = question.case.assumptions[name]
        for value in (known.low, known.high):
            case = question.case.assuming({name: value})
            few = seeker.few.question.replicates
            held = seeker.trials(replace(question, case=case, replicates=few))
            need = _along(field.on(held), at, SWING_RUNS)
            seeker.held += held.worth
            yield Swing(assumption=name, value=value, money=_curve(field, need))


def _along(field: Field, at: Fractions, runs: int) -> Array:
    """Return the money each draw needs `[replicate]` along the mix of a point, from some runs."""
    nothing, end = (0.0,) * len(at), tuple(part / max(at) for part in at)
    parts = sorted({*np.linspace(0, 1, runs), max(at)})  # the point itself among them
    return _needs([field.trial(between(nothing, end, part)) for part in parts])


def _curve(field: Field, need: Array) -> dict[float, float]:
    """Return chance -> money, from what each draw needs; no chance that is not reached."""
    ranked = np.sort(need)
    least = min(SURE, field.wish.chance, float((need <= need.min()).mean()))
    money = {chance: float(ranked[_place(chance, need)]) for chance in CHANCES if chance >= least}
    return {chance: sum for chance, sum in money.items() if np.isfinite(sum)}


def _place(chance: float, need: Array) -> int:
    return int(np.ceil(chance * len(need) - 1e-9)) - 1


def _needs(runs: list[Trial]) -> Array:
    """Return the money at which each draw first meets the targets `[replicate]`, else infinite."""
    margins = np.stack([run.margins for run in runs])
    money = np.array([run.money for run in runs])
    hits = margins >= 0
    first = hits.argmax(axis=0)
    before, draws = np.maximum(first - 1, 0), np.arange(margins.shape[1])
    low, high = margins[before, draws], margins[first, draws]
    part = np.divide(-low, high - low, out=np.ones_like(low), where=high > low)
    need = money[before] + np.clip(part, 0, 1) * (money[first] - money[before])
    return np.where(hits.any(axis=0), np.where(first == 0, money[0], need), np.inf)


def without(seeker: Seeker, field: Field, aim: Aim, at: Fractions) -> Iterator[Without]:
    """Yield what doing without each lever of the plan costs, on the first few draws."""
    few = field.on(seeker.few)
    everything = (1.0,) * len(at)
    start = along(few, aim, at, everything) or everything
    if not aim.fits(few.trial(start)):
        return
    money = few.trial(start).money
    for i, name in enumerate(field.names):
        if at[i] > 0:
            less = replace(few, names=tuple(each for each in few.names if each != name))
            mine = (*start[:i], *start[i + 1 :])
            end = along(less, aim, mine, (1.0,) * len(mine))
            extra = None
            if end is not None:
                end = polished(less, aim, end, (32, *NARROW))
                extra = max(less.trial(end).money - money, 0.0)
            yield Without(lever=name, extra=extra)


def others(seeker: Seeker, field: Field, at: Fractions) -> Iterator[Levers]:
    """Yield plans that are nearly as cheap and sure, each as unlike the rest as can be.

    They are chosen among all that the search tried on its first draws, run again on all of
    them and proved on fresh draws as the plan itself is.
    """
    few, whole = (field.on(each).trial(at) for each in (seeker.few, seeker.all))
    taken, sure = [np.array(at)], min(few.chance, field.wish.chance) - NEAR_CHANCE
    seen = {
        field.fractions(levers): levers
        for levers, trial in seeker.few.tried()
        if trial.money <= NEAR_MONEY * few.money and trial.chance >= sure
    }
    for _ in range(2 * OTHERS):
        away = {each: min(np.abs(np.array(each) - t).sum() for t in taken) for each in seen}
        unlike = max(away, key=lambda each: away[each], default=None)
        if unlike is None or away[unlike] < UNLIKE or len(taken) > OTHERS:
            return
        levers = seen.pop(unlike)
        trial = seeker.all.of(levers)
        if trial.money <= NEAR_MONEY * whole.money and seeker.proves(levers, NEAR_CHANCE):
            taken.append(np.array(unlike))
            yield levers


def worth(seeker: Seeker) -> Iterator[Worth]:
    """Yield what the next money does in each free budget, at the plan as it stands."""
    wish = seeker.wish
    standing = seeker.all.of(wish.plan.levers)
    for name in wish.priced:
        low, high = float(wish.plan.levers[name]), float(wish.aim(name))
        more = seeker.all.of({**wish.plan.levers, name: low + NUDGE * (high - low)})
        extra = more.money - standing.money
        if extra > 0:
            turned = (more.margins >= 0).astype(float) - (standing.margins >= 0)
            error = WIDE * float(turned.std()) / np.sqrt(len(turned))
            gain = float(turned.mean())
            bounds = (gain - error) / extra, (gain + error) / extra
            yield Worth(lever=name, points=gain / extra, bounds=bounds)
