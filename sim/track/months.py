"""Vintage after vintage: each is a new state of knowledge, and never an edit of an old one."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from sim.ask.answers import Question, nation_alone
from sim.ask.hindsight import crps
from sim.ask.summary import Summary, summarise
from sim.faults import Fault, InputFaults, refuse, told
from sim.forecast import Forecast
from sim.months import month_of
from sim.place.case import Case
from sim.place.records import Observation
from sim.place.targets import Target
from sim.track.decisions import happened
from sim.track.under_way import under_way
from sim.track.watch import Pace, Seen, pace, seen
from sim.track.weights import LEARNED, LEAST, Lesson, Said, Weights, heard, judged, lessons, weigh
from sim.track.why import State, check_alike
from sim.world.run import BEGIN_ANEW, UnderWay

MORE = (2, 4)  # times the draws, as long as counts leave too few of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A count that hardly any draw can show.

    Attributes:
        figure: the count without which most draws are left.
        without: by target, the chance had it not come.
    """

    figure: Observation
    without: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A vintage that was followed.

    Attributes:
        case: what was known.
        answer: what was said then.
        came: figures that came since the vintage before, each on the scale of the vintage that
            spoke of its day.
        paces: by target, in the order of the answer's.
        draws: how many were run.
        learned: counts of what was built that weigh them.
        weights: what they count for.
        scores: by target, what came on its day and the CRPS of what was said of it; None as long
            as nothing was published, and never part of what was said.
        conflict: None where counts and draws agree.
    """

    case: Case
    answer: Summary
    came: Sequence[Seen]
    paces: Sequence[Pace | None]
    draws: int
    learned: Sequence[Observation]
    weights: Weights
    scores: Sequence[tuple[float, float] | None]
    conflict: Conflict | None = None


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
    return Following(states, seed=seed, replicates=replicates).go_on(done)


class Following:
    """States that are followed one by one; where it is stopped, it goes on where it was.

    Attributes:
        months: what was said so far.
    """

    def __init__(self, states: Sequence[State], *, seed: int, replicates: int) -> None:
        """Begin with nothing said; for arguments and what it raises see `followed`."""
        days = [state.case.head.vintage for state in states]
        refuse(
            Fault(
                "ketnoi track", str(now), told("after {before}", before=before), told("later days")
            )
            for before, now in pairwise(days)
            if now <= before
        )
        check_alike(states)
        self.months: list[Month] = []
        self._said: list[Said] = []
        self._runs, self._replicates = Runs(states, seed), replicates

    def go_on(self, done: Callable[[], object] = lambda: None) -> list[Month]:
        """Follow the rest; `done` is called after each state."""
        while len(self.months) < len(self._runs.states):
            month, said = _month(self._runs, len(self.months), self._said, self._replicates)
            self._said.append(said)
            self.months.append(month)
            done()
        return self.months


class Runs:
    """The runs of states, one after the other, by their draws: each goes on with works of the last.

    What goes on is kept, as the runs themselves are too large to be.
    """

    def __init__(self, states: Sequence[State], seed: int) -> None:
        """Begin with nothing run."""
        self.states, self.seed = states, seed
        self._works: dict[tuple[int, int], UnderWay] = {}

    def question(self, place: int, draws: int) -> Question:
        """Return what a state asks."""
        return self._asked(self.states[place], draws, self._under_way(place, draws))

    def knowing(self, place: int, case: Case, draws: int) -> Question:
        """Return what a state would ask if something else were known."""
        works = self._works_into(place, case, draws)
        return self._asked(replace(self.states[place], case=case), draws, works)

    def keep(self, place: int, asked: Question) -> None:
        """Keep the works that go on after a state whose question was answered."""
        if place + 1 < len(self.states):
            later = self.states[place + 1].case
            levers = self.states[place].plan.levers
            kept = {key: works for key, works in self._works.items() if key[0] == place}
            works = under_way(asked.world, levers, later)
            self._works = {**kept, (place + 1, asked.replicates): works}

    def _under_way(self, place: int, draws: int) -> UnderWay:
        if (place, draws) not in self._works:
            works = self._works_into(place, self.states[place].case, draws)
            self._works[place, draws] = works
        return self._works[place, draws]

    def _works_into(self, place: int, case: Case, draws: int) -> UnderWay:
        if place == 0:
            return BEGIN_ANEW
        before = self.question(place - 1, draws)
        return under_way(before.world, self.states[place - 1].plan.levers, case)

    def _asked(self, state: State, draws: int, works: UnderWay) -> Question:
        return Question(
            case=state.case,
            targets=state.targets,
            seed=self.seed,
            replicates=draws,
            under_way=works,
        )


def _month(runs: Runs, place: int, said: Sequence[Said], replicates: int) -> tuple[Month, Said]:
    """Return what a state says after those before it, and what later ones need of it."""
    state = runs.states[place]
    taught = lessons(said, state.case)
    asked, weights = _enough(partial(runs.question, place), taught, replicates)
    plain = asked.forecast(state.plan)
    runs.keep(place, asked)
    forecast = replace(plain, weights=weights.shares)
    answer = summarise(state.plan, forecast, asked.ground, state.targets, asked.ranks)
    judgement = judged(forecast, state.targets.targets, asked.ground)
    month = Month(
        case=state.case,
        answer=replace(answer, judgement=judgement),
        came=_came(said, state.case),
        paces=[pace(state.case, each) for each in state.targets.targets],
        draws=asked.replicates,
        learned=[row for lesson in taught for row in lesson.figures],
        weights=weights,
        scores=[_score(state.case, forecast, each) for each in state.targets.targets],
        conflict=_conflict(runs, place, said, taught, asked) if weights.power < 1 else None,
    )
    return month, Said(
        case=state.case,
        levers=state.plan.levers,
        forecast=nation_alone(plain),
        ranks=asked.ranks,
    )


def _score(case: Case, forecast: Forecast, target: Target) -> tuple[float, float] | None:
    """Return what came on a target's day, if it was published, and the CRPS of a forecast."""
    level = happened(case, target.indicator, target.deadline)
    if level is None:
        return None
    at = forecast.nation(target.indicator)[:, month_of(forecast.months, target.deadline)]
    weights = forecast.weights if target.indicator in LEARNED else None
    return level, crps(at, level, weights)


def _enough(
    question: Callable[[int], Question], taught: Sequence[Lesson], replicates: int
) -> tuple[Question, Weights]:
    """Return a question of as many draws as leave enough that count, as far as memory goes."""

    def ask(draws: int) -> tuple[Question, Weights]:
        asked = question(draws)
        return asked, weigh(taught, asked.ranks, draws, least=LEAST * replicates)

    asked, weights = ask(replicates)
    for times in MORE:
        if weights.power < 1:
            with suppress(InputFaults):
                asked, weights = ask(times * replicates)
    return asked, weights


def _conflict(
    runs: Runs, place: int, said: Sequence[Said], taught: Sequence[Lesson], asked: Question
) -> Conflict:
    """Return which count hardly any draw can show, and what would be said without it."""
    state = runs.states[place]

    def less(row: Observation) -> Case:
        rows = [each for each in state.case.observations if each != row]
        return state.case.knowing(rows, state.case.assumptions)

    def left(row: Observation) -> float:
        rest = lessons(said, less(row))
        return weigh(rest, asked.ranks, asked.replicates).effective

    figure = max((row for lesson in taught for row in lesson.figures), key=left)
    case = less(figure)
    rest = lessons(said, case)
    again, weights = _enough(partial(runs.knowing, place, case), rest, asked.replicates)
    forecast = replace(again.forecast(state.plan), weights=weights.shares)
    verdicts = judged(forecast, state.targets.targets).verdicts
    return Conflict(figure=figure, without=tuple(each.chance for each in verdicts))


def _came(said: Sequence[Said], case: Case) -> list[Seen]:
    """Return where a case's new figures fell in what was said of their days."""
    known = said[-1].case.observations if said else case.observations
    counts = [each for one in heard(said, case) for each in one.seen()]
    found = [each for each in counts if each.figure not in known]
    counted = {id(each.figure) for each in counts}
    for row in case.observations:
        spoke = [each for each in said if each.covers(row)]
        if spoke and row not in known and id(row) not in counted:
            found += seen(spoke[-1].case, spoke[-1].forecast, [row])
    return sorted(found, key=lambda one: (one.figure.date, one.figure.published))
