"""Where a chance cannot be had by a deadline: what can, when, and what holds it back."""

from dataclasses import replace
from datetime import date

import numpy as np

from sim.ask.answers import Question
from sim.ask.summary import TELLING, assumption_ranks, ranked
from sim.forecast import Array, Forecast
from sim.months import month_of
from sim.place.targets import met
from sim.seek.margins import reached
from sim.seek.reply import Late, Levers, Reply
from sim.seek.seeker import Seeker
from sim.seek.wish import Wish


def late(seeker: Seeker, top: Levers) -> Reply:
    """Answer that the chance cannot be had by then: what can, when, and what holds it back."""
    wish, question = seeker.wish, seeker.wish.question
    far = seeker.all.far(top)
    levels = {}
    for target in question.targets.targets:
        at = far.nation(target.indicator)[:, month_of(far.months, target.deadline)]
        levels[target] = reached(at, wish.chance)
    trial = seeker.all.of(top)
    found = Late(
        chance=trial.chance,
        levels=levels,
        month=first_month(wish, far),
        binding=_binding(seeker, top),
        assumption=_assumption(question, trial.margins),
    )
    seeker.done()
    return replace(seeker.reply("late", top), late=found)


def first_month(wish: Wish, far: Forecast) -> date | None:
    """Return the first month in which all targets are met with the chance asked for."""
    for month in far.months:
        hits = [
            met(far.nation(each.indicator), replace(each, deadline=month), far.months)
            for each in wish.question.targets.targets
        ]
        if reached(np.logical_and.reduce(hits) - 1.0, wish.chance) >= 0:
            return month
    return None


def _binding(seeker: Seeker, top: Levers) -> str:
    """Return the free lever that would still help if it might go on to its outer bound."""
    wish = seeker.wish
    known, least, found = wish.question.case.levers, seeker.all.of(top).score, ""
    for name in wish.free:
        lever = known[name]
        if lever.kind in ("month", "choice", "start"):
            continue
        outer = lever.low if lever.falls else lever.high
        score = seeker.all.of({**top, name: outer}).score
        if score > least + 1e-9:
            least, found = score, name
    return found


def _assumption(question: Question, margins: Array) -> str:
    """Return the assumption that goes most with the margins; empty if none does."""
    return next(iter(strongest(question, margins)), "")


def strongest(question: Question, margins: Array) -> list[str]:
    """Return the assumptions whose ranks go with those of the margins, the closest first."""
    own, ranks = ranked(margins), assumption_ranks(question.brief.origin.assumed)
    tied = {name: abs(float((own * rank).mean())) for name, rank in ranks.items()}
    least = TELLING / np.sqrt(len(own))
    telling = [name for name in tied if tied[name] >= least]
    return sorted(telling, key=lambda each: -tied[each])
