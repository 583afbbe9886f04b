"""Where to start: need, leverage and doubt of every area, in ranks that say how sure they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from sim.ask.answers import Question
from sim.faults import Fault, refuse, span, told
from sim.forecast import Array, Flags, Forecast
from sim.numbers import CLOSE
from sim.place.case import Case
from sim.place.scenario import Scenario, changed
from sim.place.targets import Target, met
from sim.rank.criteria import Criterion, checked, level_at, short_of, usual, values
from sim.rank.lever import ORDER, Leverage, leverage
from sim.rank.ranks import Ranks, ranks, scores
from sim.worth.gain import gains

TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What it takes that no area stays below a floor.

    Attributes:
        level: the floor, of every target's indicator that is a share.
        chance: that every area is at or above it on the day of each target.
        each: `[area]` the same of each area.
        worst: the target's place and the area's that fail most; None where nothing fails.
        nation: chance of the nation's targets.
        both: chance of these and the floor together.
        poorest: the chances of the floor and of the nation if all is built where it is poorest
            first: the one way in which a plan can give those behind more.
    """

    level: float
    chance: float
    each: Array
    worst: tuple[int, int] | None
    nation: float
    both: float
    poorest: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where to start under a plan.

    Attributes:
        need: target -> how many each area is short of it, `[replicate, area]`.
        leverage: None where it was not asked for.
        doubt: `[area]` how often knowing an area's own figures would put it right, being among
            the top or not.
        floor: None where none is asked for.
    """

    question: Question
    plan: Scenario
    criteria: tuple[Criterion, ...]
    ranks: Ranks
    need: Mapping[Target, Array]
    leverage: Leverage | None
    doubt: Array
    floor: Floor | None

    kind: ClassVar[Literal["rank"]] = "rank"

    @property
    def plans(self) -> tuple[Scenario, ...]:
        """The plan, for a stamp."""
        return (self.plan,)

    @property
    def entries(self) -> dict[str, object]:
        """What was asked, for a stamp."""
        return {
            "criteria": [each.model_dump() for each in self.criteria],
            "top": self.ranks.top,
            "floor": None if self.floor is None else self.floor.level,
            "leverage": self.leverage is not None,
        }


def arguments(question: Question, entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `where_to_start` is called with, from the entries of a stamp.

    Raises:
        InputFaults, LookupError, ValueError: they are no entries of its own.
    """
    rows = [Criterion.model_validate(row) for row in entries["criteria"]]
    return {
        "criteria": checked(question, rows, "stamp"),
        "top": int(entries["top"]),
        "floor": entries["floor"],
        "moved": bool(entries["leverage"]),
    }


def usual_top(areas: int) -> int:
    """Return how many of so many areas are the first ones where nobody says: a third, ten at most.

    >>> usual_top(63), usual_top(9), usual_top(2)
    (10, 3, 1)
    """
    return min(TOP, max(areas // 3, 1))


def alone_faults(case: Case) -> Iterator[Fault]:
    """Yield that one area alone cannot be ranked."""
    count = len(case.areas)
    if count < 2:
        given, wanted = told("{count} areas", count=count), told("at least two areas to rank")
        yield Fault(str(case.folder / "areas.csv"), "", given, wanted)


def asked_faults(question: Question, top: int | None, floor: float | None) -> list[Fault]:
    """Return what is wrong with how many are the first ones, and with a floor."""
    areas, faults = len(question.case.areas), list(alone_faults(question.case))
    if areas > 1 and top is not None and not 1 <= top < areas:
        wanted = span(1, areas - 1, "areas", whole=True)
        faults.append(Fault("ketnoi rank", "--top", str(top), wanted))
    if floor is not None and not 0 < floor < 1:
        wanted = told("a share above 0 and below 1, such as 0.6")
        faults.append(Fault("ketnoi rank", "--floor", str(floor), wanted))
    return faults


def where_to_start(
    question: Question,
    plan: Scenario,
    *,
    criteria: Sequence[Criterion] = (),
    top: int | None = None,
    floor: float | None = None,
    moved: bool = True,
    done: Callable[[], object] = lambda: None,
) -> Start:
    """Return where to start under a plan.

    Args:
        question: the place, its targets and the luck.
        plan: what goes on.
        criteria: by which areas are ranked; the usual ones if none.
        top: how many are the first ones; `usual_top` if None.
        floor: of every area, a share.
        moved: whether leverage is measured, which takes a run an area.
        done: called after each run.

    Raises:
        InputFaults: see `asked_faults`.
    """
    refuse(asked_faults(question, top, floor))
    top = usual_top(len(question.case.areas)) if top is None else top
    chosen = tuple(criteria) or usual(question)
    forecast = question.brief.run(plan)
    done()
    worth = values(question, forecast, chosen)
    found = ranks(scores(chosen, worth, question.seed, question.replicates), top)
    case, targets = question.case, question.targets.targets
    return Start(
        question=question,
        plan=plan,
        criteria=chosen,
        ranks=found,
        need={target: short_of(case, forecast, target) for target in targets},
        leverage=leverage(question, plan, done) if moved else None,
        doubt=_doubt(found, chosen, worth),
        floor=None if floor is None else _floor(question, plan, forecast, floor),
    )


def _doubt(found: Ranks, criteria: Sequence[Criterion], worth: Mapping[str, Array]) -> Array:
    """Return how often it would be put right whether an area is among the top, `[area]`.

    By what its own figures say together, at the middle of the weights: knowing them is worth as
    much as the better of the two choices becomes better (`sim.worth.gain`).
    """
    weights = {each.id: (each.low + each.high) / 2 for each in criteria}
    own = sum(weights[id] * value for id, value in worth.items())
    own = np.broadcast_to(own, found.ranks.shape)
    inside = found.ranks <= found.top
    return np.array(
        [
            gains(
                np.column_stack([inside[:, area], ~inside[:, area]]).astype(float),
                found.ranks[:, area],
                {"own": np.ascontiguousarray(own[:, area])},
                [("own",)],
            )[0].value
            for area in range(inside.shape[1])
        ]
    )


def _floor(question: Question, plan: Scenario, forecast: Forecast, level: float) -> Floor:
    above, nation = _above(question, forecast, level), _nation(question, forecast)
    every = np.logical_and.reduce(above)
    whole = every.all(axis=1)
    fails = np.array([1 - each.mean(axis=0) for each in above])
    goal, area = np.unravel_index(int(fails.argmax()), fails.shape)
    other = question.brief.run(changed(question.case, plan, {ORDER: "poorest"}))
    lifted = np.logical_and.reduce(_above(question, other, level)).all(axis=1)
    return Floor(
        level=level,
        chance=float(whole.mean()),
        each=every.mean(axis=0),
        worst=(int(goal), int(area)) if fails.max() > 0 else None,
        nation=float(nation.mean()),
        both=float((whole & nation).mean()),
        poorest=(float(lifted.mean()), float(_nation(question, other).mean())),
    )


def _above(question: Question, forecast: Forecast, level: float) -> list[Flags]:
    """Return whether each area is at or above a floor on each target's day, `[replicate, area]`."""
    every = question.targets.targets
    return [level_at(forecast, target) >= level - CLOSE for target in every]


def _nation(question: Question, forecast: Forecast) -> Flags:
    """Return in which draws the nation meets all its targets, `[replicate]`."""
    every = question.targets.targets
    hits = [met(forecast.nation(each.indicator), each, forecast.months) for each in every]
    return np.asarray(np.logical_and.reduce(hits))
