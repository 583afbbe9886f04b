"""What to count next: which assumption or figure, once known, would change the choice of a plan."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from sim.ask.answers import Question, outcome
from sim.faults import Fault, near, refuse, shown, span, told
from sim.forecast import Array
from sim.numbers import CLOSE
from sim.place.scenario import Scenario
from sim.place.targets import Target
from sim.streams import stream
from sim.worth.gain import Gain, Known, gains, perfect

START = "start_"  # before an indicator's name: the nation's level on the first day
MOST_ASKED = 10_000_000
FIRST = 3  # the best ones that are also known together


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What it is worth to know before a plan is chosen.

    Attributes:
        plans: among which is chosen, by the chance of all targets together.
        chances: `[plan]` of each as things stand.
        missed: the target that the best of them misses most often, whose range is narrowed.
        most: what knowing everything brings (EVPI).
        gains: of each quantity alone: those that would change the choice first, the best at the
            front, then those that narrow the range most.
        together: of the best two, the best three and so on, known together.
        survey: of a survey, where one is asked about.
    """

    question: Question
    plans: tuple[Scenario, ...]
    chances: Array
    missed: Target
    most: float
    gains: tuple[Gain, ...]
    together: tuple[Gain, ...]
    survey: "Survey | None"

    kind: ClassVar[Literal["worth"]] = "worth"

    @property
    def entries(self) -> dict[str, object]:
        """What was asked, for a stamp."""
        asked = self.survey
        return {"survey": None if asked is None else [asked.name, asked.people]}

    @property
    def best(self) -> Scenario:
        """The plan that is chosen as things stand."""
        return self.plans[int(self.chances.argmax())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey that asks so many people about a share, and what it brings (EVSI)."""

    name: str
    people: int
    gain: Gain


def quantities(question: Question) -> Known:
    """Return the draws of all that may be known: assumptions, and levels on the first day."""
    origin = question.world.origin
    known = dict(origin.assumed)
    known |= {START + name: path[:, 0] for name, path in origin.nation.items()}
    return {name: draws for name, draws in known.items() if np.ptp(draws) > 0}


def shares(question: Question) -> list[str]:
    """Return the quantities that a survey of people, homes or villages can ask about."""
    units = {name: row.unit for name, row in question.case.assumptions.items()}
    return [
        name
        for name, draws in quantities(question).items()
        if draws.max() <= 1 and (name.startswith(START) or units[name] == "share")
    ]


def what_to_count(
    question: Question,
    plans: Sequence[Scenario],
    *,
    survey: tuple[str, int] | None = None,
    done: Callable[[], object] = lambda: None,
) -> Counted:
    """Return what it is worth to know before one of some plans is chosen.

    Args:
        question: the place, its targets and the luck.
        plans: among which is chosen.
        survey: a share, and how many would be asked about it, by simple chance.
        done: called after each run.

    Raises:
        InputFaults: fewer than two plans, or a survey of what is no share here.
    """
    refuse(_faults(question, plans, survey))
    targets, outcomes = question.targets.targets, []
    for plan in plans:
        outcomes.append(outcome(question, plan))
        done()
    met = [{t: each.at_deadline[t] >= t.bar - CLOSE for t in targets} for each in outcomes]
    benefit = np.column_stack([[*np.logical_and.reduce([*each.values()])] for each in met])
    benefit = benefit.astype(float)
    best = int(benefit.mean(axis=0).argmax())
    missed = min(targets, key=lambda target: float(met[best][target].mean()))
    level, known = outcomes[best].at_deadline[missed], quantities(question)
    alone = gains(benefit, level, known, [(name,) for name in known])
    order = sorted(alone, key=lambda each: (-each.value * each.telling, -each.narrower, each.names))
    nested = [tuple(each.names[0] for each in order[:size]) for size in range(1, FIRST + 1)]
    return Counted(
        question=question,
        plans=tuple(plans),
        chances=benefit.mean(axis=0),
        missed=missed,
        most=perfect(benefit),
        gains=tuple(order),
        together=tuple(gains(benefit, level, known, nested)[1:]),
        survey=None if survey is None else _surveyed(question, benefit, level, known, *survey),
    )


def _surveyed(
    question: Question, benefit: Array, level: Array, known: Known, name: str, people: int
) -> Survey:
    """Return what a survey brings by simulated surveys (Strong, Oakley, Brennan and Breeze 2015).

    In each draw so many people are asked about the draw's own share; what they answer is then
    all that is known. Nobody learns more from a sample than from the truth, so neither here.
    """
    luck = stream(question.seed, "survey", name)
    share = np.clip(known[name], 0, 1)
    answers = luck.binomial(people, share) / people
    found, whole = gains(
        benefit, level, {name: answers, "truth": known[name]}, [(name,), ("truth",)]
    )
    gain = replace(
        found,
        value=min(found.value, whole.value),
        narrower=min(found.narrower, whole.narrower),
    )
    return Survey(name=name, people=people, gain=gain)


def _faults(
    question: Question, plans: Sequence[Scenario], survey: tuple[str, int] | None
) -> Iterator[Fault]:
    if len(plans) < 2:
        wanted = told("at least two plans among which is chosen")
        yield Fault("ketnoi worth", "scenarios", told("one plan"), wanted)
    if survey is not None:
        name, people = survey
        if name not in (known := shares(question)):
            yield Fault("ketnoi worth", "--survey", shown(name), near(name, known))
        most = min(MOST_ASKED, int(question.case.columns["population"].sum()))
        if not 1 <= people <= most:
            wanted = span(1, most, "people", whole=True)
            yield Fault("ketnoi worth", "--survey", str(people), wanted)
