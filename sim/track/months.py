"""Vintage after vintage: each is a new state of knowledge, and never an edit of an old one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sim.ask.answers import Question, nation_alone
from sim.ask.summary import Summary, summarise
from sim.faults import Fault, refuse, told
from sim.forecast import Forecast
from sim.place.case import Case
from sim.track.watch import Pace, Seen, pace, seen
from sim.track.why import State, check_alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A vintage that was followed.

    Attributes:
        case: what was known.
        answer: what was said then.
        came: figures that came since the vintage before, each on the scale of the last vintage
            whose run covers its day.
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
    """Return what each state said, and how its figures fell in what those before had said.

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
    said: list[tuple[Case, Forecast]] = []
    for state in states:
        asked = Question(case=state.case, targets=state.targets, seed=seed, replicates=replicates)
        forecast = asked.forecast(state.plan)
        came = _came(said, state.case)
        answer = summarise(state.plan, forecast, asked.ground, state.targets, asked.ranks)
        paces = [pace(state.case, each) for each in state.targets.targets]
        found.append(Month(case=state.case, answer=answer, came=came, paces=paces))
        said.append((state.case, nation_alone(forecast)))
        done()
    return found


def _came(said: Sequence[tuple[Case, Forecast]], case: Case) -> list[Seen]:
    """Return where a case's new figures fell in what was last said of their days."""
    known = said[-1][0].observations if said else case.observations
    new = [row for row in case.observations if row not in known]
    found: list[Seen] = []
    for place, (was, forecast) in enumerate(said):
        later = [each.months[0] for _, each in said[place + 1 :]]
        found += seen(
            was, forecast, [row for row in new if row.date < min(later, default=date.max)]
        )
    return sorted(found, key=lambda one: (one.figure.date, one.figure.published))
