"""Least money for a chance, or most chance for a sum: a pattern search over budgets.

The draws are common to all plans, so that with a fixed number of them the chance of a plan is no
longer a matter of luck: what is solved is the sample-average approximation of the question
(Kleywegt, Shapiro, Homem-de-Mello 2002), on a few draws first and then on all. Months of a
switch-off and orders of building are tried one by one: the chance need not be monotone in them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.place.levers import Setting, exact
from sim.seek.margins import Trial, Trials, reached
from sim.seek.wish import Wish

Fractions = tuple[float, ...]  # of the way of each budget from where it stands to its aim
GRID = 256  # steps of that way that are told apart
WIDE, NARROW = (64, 32, 16, 8, 4), (8, 4, 2)  # steps of the search, in steps of the grid
ROUNDS = 3  # of all levers with one step
Levers = Mapping[str, Setting]


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """Where is searched: budgets between where they stand and their aim, all else as it is.

    Attributes:
        trials: the runs.
        wish: what is asked.
        rest: the value of every lever that is no free budget of the wish.
        names: the budgets that are moved.
    """

    trials: Trials
    wish: Wish
    rest: Levers
    names: tuple[str, ...]

    def levers(self, at: Fractions) -> dict[str, Setting]:
        """Return the levers at some fractions of their way."""
        found = {**self.wish.plan.levers, **self.rest}
        for name, part in zip(self.names, at, strict=True):
            low, high = float(self.wish.plan.levers[name]), float(self.wish.aim(name))
            value = exact(low + part * (high - low))
            lever = self.wish.question.case.levers[name]
            found[name] = low if part == 0 or lever.too_fine(value) else value
        return found

    def fractions(self, levers: Levers) -> Fractions:
        """Return how far levers are on their way."""
        ways = []
        for name in self.names:
            low, high = float(self.wish.plan.levers[name]), float(self.wish.aim(name))
            ways.append((float(levers[name]) - low) / (high - low))
        return tuple(ways)

    def trial(self, at: Fractions) -> Trial:
        """Return the run at some fractions."""
        return self.trials.of(self.levers(at))

    def on(self, trials: Trials) -> "Field":
        """Return the same place of search under other luck."""
        return replace(self, trials=trials)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a search is after: so much chance for the least money, or the most for a sum."""

    chance: float
    cap: float | None = None

    def fits(self, trial: Trial) -> bool:
        """Return whether a run is an answer at all."""
        if self.cap is not None:
            return trial.money <= self.cap * (1 + 1e-9)
        return reached(trial.margins, self.chance) >= 0

    def key(self, trial: Trial) -> float:
        """Return what is made small."""
        return trial.money if self.cap is None else -trial.score


def along(field: Field, aim: Aim, start: Fractions, end: Fractions) -> Fractions | None:
    """Return the point between two that just fits, on the grid; None if the far end does not.

    Of a chance the far end is the one with more money, of a sum the one with less.
    """
    if not aim.fits(field.trial(end)):
        return None
    low, high = 0, GRID  # steps from start: high fits
    while high - low > 1:
        middle = (low + high) // 2
        if aim.fits(field.trial(between(start, end, middle / GRID))):
            high = middle
        else:
            low = middle
    if high == 1 and aim.fits(field.trial(start)):
        return start
    return between(start, end, high / GRID)


def between(start: Fractions, end: Fractions, part: float) -> Fractions:
    """Return a point between two.

    >>> between((0.0, 1.0), (1.0, 0.5), 0.5)
    (0.5, 0.75)
    """
    return tuple(a + part * (b - a) for a, b in zip(start, end, strict=True))


def best(field: Field, aim: Aim, known: Sequence[Fractions] = ()) -> Fractions | None:
    """Return the best point found: several starts, then levers one against another.

    Args:
        field: where is searched.
        aim: what for.
        known: points that are tried as starts as well.

    Returns:
        None where no point that was tried fits.
    """
    nothing, everything = (0.0,) * len(field.names), (1.0,) * len(field.names)
    mixes = [everything, *known, *(_single(field, i) for i in range(len(field.names)))]
    mixes += [_without(everything, i) for i in range(len(field.names))]
    found: list[Fractions] = []
    for mix in dict.fromkeys(mixes):
        ends = (nothing, mix) if aim.cap is None else (mix, nothing)
        point = along(field, aim, *ends)
        if point is not None:
            found.append(point)
    if not found:
        return None
    start = min(found, key=lambda at: (aim.key(field.trial(at)), at))
    return polished(field, aim, start, WIDE)


def polished(field: Field, aim: Aim, at: Fractions, steps: Sequence[int]) -> Fractions:
    """Return a point as good or better: a budget is lowered, and another one pays for it."""
    for step in steps:
        for _ in range(ROUNDS):
            before = at
            for lever in range(len(at)):
                at = _bettered(field, aim, at, lever, step / GRID)
            if at == before:
                break
    return at


def _bettered(field: Field, aim: Aim, at: Fractions, lever: int, step: float) -> Fractions:
    now = aim.key(field.trial(at))
    for other in _exchanges(field, at, lever, step, aim):
        trial = field.trial(other)
        if aim.fits(trial) and aim.key(trial) < now - 1e-9 * abs(now):
            return other
    return at


def _exchanges(
    field: Field, at: Fractions, lever: int, step: float, aim: Aim
) -> Iterator[Fractions]:
    """Yield points in which a budget is lower, alone and with another one raised for its money."""
    if aim.cap is not None and at[lever] < 1:
        yield _moved(at, lever, step)
    if at[lever] <= 0:
        return
    lower = _moved(at, lever, -step)
    yield lower
    saved = field.trial(at).money - field.trial(lower).money
    if saved <= 0:
        return
    for other in range(len(at)):
        if other != lever and at[other] < 1:
            probe = _moved(lower, other, step)
            extra = field.trial(probe).money - field.trial(lower).money
            if extra > 0:
                share = min(saved / extra, (1 - at[other]) / step)
                yield _moved(lower, other, step * share * (0.95 if aim.cap is None else 1.0))
                yield _moved(lower, other, step * share * 0.7)
            elif extra == 0:
                yield probe


def _moved(at: Fractions, lever: int, step: float) -> Fractions:
    value = min(max(at[lever] + step, 0.0), 1.0)
    return (*at[:lever], round(value * 4 * GRID) / (4 * GRID), *at[lever + 1 :])


def _single(field: Field, lever: int) -> Fractions:
    return tuple(float(i == lever) for i in range(len(field.names)))


def _without(everything: Fractions, lever: int) -> Fractions:
    return (*everything[:lever], 0.0, *everything[lever + 1 :])
