"""Vintage after vintage: each is a new state of knowledge, and never an edit of an old one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.ask.answers import Question
from sim.ask.summary import Summary, summarise
from sim.faults import Fault, refuse, told
from sim.place.case import Case
from sim.track.watch import Pace, Seen, pace, seen
from sim.track.why import State, check_alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A vintage that was followed.

    Attributes:
        case: what was known.
        answer: what was said then.
        came: figures that came since the vintage before, on its scale.
        paces: by target, in the order of the answer's.
    """

    case: Case
    answer: Summary
    came: Sequence[Seen]
    paces: Sequence[Pace | None]


def followed(
    states: Sequence[State],
    *,
    seed: int,
    replicates: int,
    done: Callable[[], object] = lambda: None,
) -> list[Month]:
    """Return what each state said, and how its figures fell in what the one before had said.

    Args:
        states: of one place, each later than the one before.
        seed, replicates: of the luck that all share.
        done: called after each.

    Raises:
        InputFaults: two states stand on one day, out of order, or ask unlike numbers of targets.
    """
    days = [state.case.head.vintage for state in states]
    refuse(
        Fault("ketnoi track", str(now), told("after {before}", before=before), told("later days"))
        for before, now in pairwise(days)
        if now <= before
    )
    check_alike(states)
    found: list[Month] = []
    before = None
    for state in states:
        asked = Question(case=state.case, targets=state.targets, seed=seed, replicates=replicates)
        forecast = asked.forecast(state.plan)
        came: list[Seen] = []
        if before is not None:
            known, said = before
            new = [row for row in state.case.observations if row not in known.observations]
            came = seen(known, said, new)
        answer = summarise(state.plan, forecast, asked.ground, state.targets, asked.ranks)
        paces = [pace(state.case, each) for each in state.targets.targets]
        found.append(Month(case=state.case, answer=answer, came=came, paces=paces))
        before = state.case, forecast
        done()
    return found
