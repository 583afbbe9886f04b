"""What is asked backwards: a chance or a sum, the levers that may move, and what is no question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sim.ask.answers import Question, outcome
from sim.faults import Fault, near, refuse, shown, told
from sim.months import first_month_end
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import Setting, budgets
from sim.place.scenario import Scenario
from sim.place.targets import TargetSet

Sought = Literal["money", "month", "chance"]
LOW, HIGH = 0.01, 0.99  # of a chance that can be asked for


@dataclass(frozen=True, kw_only=True, eq=False)
class Wish:
    """A question asked backwards.

    Attributes:
        question: the place, the targets that count, and the luck.
        plan: what stands; no lever is moved below it.
        free: the levers that may move, in the order of the table.
        chance: of all the targets together, that is asked for.
        sought: the least money, the earliest month, or the most chance for `cap`.
        cap: public money the plan may spend by the last deadline, in the large unit.
        whole: the set that the targets are taken from.
        target, by: which of them, and their deadline if not their own, as `build_wish` has it.
    """

    question: Question
    plan: Scenario
    free: tuple[str, ...]
    chance: float
    whole: TargetSet
    sought: Sought = "money"
    cap: float | None = None
    target: str = "all"
    by: date | None = None

    @property
    def entries(self) -> dict[str, Any]:
        """What is asked as a stamp keeps it, from which `wish_of` builds it again."""
        return {
            "target": self.target,
            "chance": self.chance,
            "free": list(self.free),
            "sought": self.sought,
            "cap": self.cap,
            "by": self.by and self.by.isoformat(),
        }

    @property
    def priced(self) -> tuple[str, ...]:
        """The free levers that cost public money."""
        return tuple(name for name in self.free if name in budgets(self.question.case.levers))

    def aim(self, name: str) -> Setting:
        """Return how far a lever may go: to its aim, or where it stands beyond that."""
        lever, standing = self.question.case.levers[name], self.plan.levers[name]
        furthest = lever.furthest(standing)
        if lever.kind == "budget":
            return max(float(standing), float(furthest))
        return furthest


def build_wish(
    question: Question,
    plan: Scenario,
    *,
    target: str = "all",
    chance: float | None = None,
    free: Sequence[str] | None = None,
    sought: Sought = "money",
    cap: float | None = None,
    by: date | None = None,
) -> Wish:
    """Return a wish, or refuse what is no question.

    Args:
        question: the place, its targets and the luck.
        plan: from which levers are moved.
        target: the indicator that is asked about; all of the set together if `all`.
        chance: 0.8 if None.
        free: levers that may move; every budget if None.
        sought, cap: see `Wish`.
        by: the day by which it is asked for; each target's own deadline if None.

    Raises:
        InputFaults: with every fault.
    """
    case, targets = question.case, question.targets
    chance = ten_digits(0.8 if chance is None else chance)  # 0.1 + 0.2 is three tenths
    faults = [
        *_target_faults(targets, target),
        *_chance_faults(chance, question.replicates),
        *_free_faults(case, free),
        *_day_faults(case, by),
        *_cap_faults(question, plan, cap, "--money" if sought == "chance" else "--cap"),
    ]
    refuse(faults)
    own = tuple(
        each if by is None else replace(each, deadline=by)
        for each in targets.targets
        if target in ("all", each.indicator)
    )
    asked = question.about(replace(targets, targets=own))
    named = budgets(case.levers) if free is None else free
    return Wish(
        question=asked,
        plan=plan,
        free=tuple(name for name in case.levers if name in named),
        chance=chance,
        sought=sought,
        cap=cap,
        whole=targets,
        target=target,
        by=by,
    )


def wish_of(question: Question, plan: Scenario, entries: Mapping[str, Any]) -> Wish:
    """Return the wish that a stamp keeps.

    Raises:
        InputFaults, TypeError, ValueError: it is none.
    """
    by = entries["by"] and date.fromisoformat(entries["by"])
    return build_wish(question, plan, **{**entries, "by": by})


def _target_faults(targets: TargetSet, target: str) -> Iterator[Fault]:
    known = ["all", *(each.indicator for each in targets.targets)]
    if target not in known:
        yield Fault("ketnoi ask", "--target", shown(target), near(target, known))


def _chance_faults(chance: float, replicates: int) -> Iterator[Fault]:
    if not LOW <= chance <= HIGH:
        wanted = told("{low} to {high}", low=LOW, high=HIGH)
        yield Fault("ketnoi ask", "--chance", f"{chance:g}", wanted)
        return
    _, _, digits = Decimal(repr(chance)).normalize().as_tuple()
    needed = 10 ** -int(digits)
    if needed > replicates:
        given = told("{chance}, of {draws:,} draws", chance=repr(chance), draws=replicates)
        wanted = told("a rounder chance, or at least {draws:,} draws", draws=needed)
        yield Fault("ketnoi ask", "--chance", given, wanted)


def _free_faults(case: Case, free: Sequence[str] | None) -> Iterator[Fault]:
    if free is not None and not free:
        yield Fault("ketnoi ask", "--free", told("no lever"), told("at least one lever"))
    for name in dict.fromkeys(free or ()):
        if name not in case.levers:
            yield Fault("ketnoi ask", "--free", shown(name), near(name, case.levers))
        elif list(free or ()).count(name) > 1:
            given = told("{name} more than once", name=name)
            yield Fault("ketnoi ask", "--free", given, told("each lever once"))


def _day_faults(case: Case, by: date | None) -> Iterator[Fault]:
    first, last = first_month_end(case.start), case.months[-1]
    if by is not None and not first <= by <= last:
        wanted = told("{first} to {last}", first=f"{first:%Y-%m}", last=f"{last:%Y-%m}")
        yield Fault("ketnoi ask", "--by", f"{by:%Y-%m}", wanted)


def _cap_faults(
    question: Question, plan: Scenario, cap: float | None, option: str
) -> Iterator[Fault]:
    if cap is None:
        return
    spends = outcome(question, plan).cost
    if not spends <= cap < float("inf"):
        wanted = told("at least {money:,.1f}, which the plan spends", money=spends)
        yield Fault("ketnoi ask", option, f"{cap:g}", wanted)
