"""Where money moves the nation: each area put first in the programme's order, on the same luck.

Of all that a plan sets only the order of building has an address: vouchers, training, teams and
communication go to all areas alike. So an area's leverage is what it changes to build there first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.ask.answers import Outcome, Question, outcome
from sim.forecast import Array, Flags
from sim.numbers import CLOSE
from sim.place.scenario import Scenario, changed
from sim.place.targets import TargetSet

ORDER = "priority"  # the lever whose choices are orders of areas
BUILT = ("fibre_build", "village_sites", "village_power")  # the money that the order leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Leverage:
    """What it changes to put each area first, `[area]`.

    Attributes:
        chance, chance_error: of all targets together, paired, and its standard error.
        level: of the target's level, `[target, area]`, mean paired difference.
        money: whether the plan has any money that goes in order; without, nothing can change.
    """

    chance: Array
    chance_error: Array
    level: Array
    money: bool


def one_first(question: Question) -> Question:
    """Return the question at a place where each area may be put first in each order."""
    case, lever = question.case, question.case.levers[ORDER]
    more = {f"{order} {code}": "" for order in lever.choices for code in case.codes}
    wider = replace(lever, choices={**lever.choices, **more})
    return replace(question, case=replace(case, levers={**case.levers, ORDER: wider}))


def leverage(
    question: Question, plan: Scenario, done: Callable[[], object] = lambda: None
) -> Leverage:
    """Return what it changes under a plan to put each area first; `done` is called after each."""
    asked, targets = one_first(question), question.targets
    base, order = outcome(asked, plan), plan.levers[ORDER]
    ground, changes = hits(base, targets), []
    money = any(plan.value(name) > 0 for name in BUILT)
    for code in question.case.codes:
        found = base
        if money:
            found = outcome(asked, changed(asked.case, plan, {ORDER: f"{order} {code}"}))
        changes.append((hits(found, targets).astype(float) - ground, _levels(found, base)))
        done()
    turned = np.array([each for each, _ in changes])
    return Leverage(
        chance=turned.mean(axis=1),
        chance_error=turned.std(axis=1) / np.sqrt(turned.shape[1]),
        level=np.array([each for _, each in changes]).T,
        money=money,
    )


def hits(found: Outcome, targets: TargetSet) -> Flags:
    """Return in which draws all targets are met, `[replicate]`."""
    each = [found.at_deadline[target] >= target.bar - CLOSE for target in targets.targets]
    return np.asarray(np.logical_and.reduce(each))


def _levels(found: Outcome, base: Outcome) -> Sequence[float]:
    return [float((found.at_deadline[t] - base.at_deadline[t]).mean()) for t in base.at_deadline]
