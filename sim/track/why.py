"""Why did the chance move: the way from one state of knowledge to another, step by step.

Every state is run with the same draws, and each step changes one thing, so the parts add up to
the whole. A part is what a step does where it stands in the order; the other end of its range is
what it would do as the first one, since parts may lean on each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sim.ask.answers import Question, nation_alone
from sim.faults import Fault, refuse, told
from sim.place.case import Case
from sim.place.records import Observation
from sim.place.scenario import Scenario
from sim.place.targets import Target, TargetSet
from sim.track.under_way import under_way
from sim.track.weights import LEAST, Said, judged, lessons, weigh
from sim.world.run import BEGIN_ANEW

Kind = Literal["time", "revised", "figure", "targets", "plan", "assumption"]
TELLING = 0.02  # a part that another order moves by more has its range told


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known, asked and planned at one time."""

    case: Case
    targets: TargetSet
    plan: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one change did to the chances.

    Attributes:
        kind: time passed, a figure revised or new, targets, the plan, an assumption.
        name: of the assumption; empty else.
        figure: that is new or revised; None else.
        moved: target -> by how much its chance moved.
        alone: target -> the same if this change had come first.
    """

    kind: Kind
    name: str = ""
    figure: Observation | None = None
    moved: Mapping[int, float]
    alone: Mapping[int, float]

    def orders_matter(self, target: int) -> bool:
        """Whether another order of changes moves this part by more than two points."""
        return abs(self.moved[target] - self.alone[target]) > TELLING


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The chances before and now, and the parts between; targets by their place in the set."""

    targets: tuple[Target, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    parts: tuple[Part, ...]


Change = Callable[[State], State]


def check_alike(states: Sequence[State]) -> None:
    """Refuse states that do not ask the same number of targets; raises `InputFaults`."""
    counts = [len(state.targets.targets) for state in states]
    if len(set(counts)) > 1:
        given = told("{counts} targets", counts=", ".join(map(str, counts)))
        refuse([Fault("ketnoi track", "targets", given, told("as many targets each time"))])


def why(
    old: State,
    new: State,
    *,
    seed: int,
    replicates: int,
    done: Callable[[], object] = lambda: None,
) -> Why:
    """Return why the chances of the new state's targets are not those of the old one's.

    Args:
        old, new: of one place; both ask the same number of targets, in the same order.
        seed, replicates: of the luck that all states share.
        done: called after each state that is run.

    Raises:
        InputFaults: they ask unlike numbers of targets.
    """

    check_alike([old, new])
    said: list[Said] = []
    start = Question(case=old.case, targets=old.targets, seed=seed, replicates=replicates)

    def chances(state: State) -> tuple[float, ...]:
        later = state.case.head.vintage != old.case.head.vintage
        works = under_way(start.world, old.plan.levers, state.case) if later else BEGIN_ANEW
        asked = replace(start, case=state.case, targets=state.targets, under_way=works)
        if state is old:
            asked = start
        taught = lessons(said, state.case)
        weights = weigh(taught, asked.ranks, replicates, least=LEAST * replicates)
        forecast = replace(asked.forecast(state.plan), weights=weights.shares)
        if not said:
            alone = nation_alone(forecast)
            levers = state.plan.levers
            said.append(Said(case=state.case, levers=levers, forecast=alone, ranks=asked.ranks))
        done()
        verdicts = judged(forecast, state.targets.targets).verdicts
        return tuple(each.chance for each in verdicts)

    first = chances(old)
    steps = list(_changes(old, new))
    alone = [_less(chances(step(old)), first) for _, step in steps]
    order = _largest_first([part for part, _ in steps], alone)
    state, before, parts = old, first, []
    for place in order:
        part, step = steps[place]
        state = step(state)
        now = chances(state)
        parts.append(replace(part, moved=_less(now, before), alone=alone[place]))
        before = now
    return Why(targets=new.targets.targets, before=first, now=before, parts=tuple(parts))


def changes(old: State, new: State) -> int:
    """Return how many states `why` runs: the old one, and two for each change."""
    return 1 + 2 * len(list(_changes(old, new)))


def _less(now: Sequence[float], before: Sequence[float]) -> dict[int, float]:
    return {place: a - b for place, (a, b) in enumerate(zip(now, before, strict=True))}


def _largest_first(parts: Sequence[Part], alone: Sequence[Mapping[int, float]]) -> list[int]:
    """Return the order of changes: kinds as they come, new figures by what each does alone."""
    kinds = list(dict.fromkeys(part.kind for part in parts))

    def key(place: int) -> tuple[int, float]:
        size = max((abs(value) for value in alone[place].values()), default=0.0)
        return kinds.index(parts[place].kind), -size if parts[place].kind == "figure" else 0.0

    return sorted(range(len(parts)), key=key)


def _changes(old: State, new: State) -> Iterator[tuple[Part, Change]]:
    """Yield every change between two states, in the order in which they are told."""
    if old.case.head.vintage != new.case.head.vintage:
        yield _part("time"), lambda state: _later(state, new.case)
    yield from _figures(old.case, new.case)
    if old.targets != new.targets:
        yield _part("targets"), lambda state: replace(state, targets=new.targets)
    if old.plan.levers != new.plan.levers:
        yield _part("plan"), lambda state: replace(state, plan=new.plan)
    for name, ranged in new.case.assumptions.items():
        if ranged != old.case.assumptions.get(name):
            yield _part("assumption", name), _assuming(new.case, name)


def _figures(old: Case, new: Case) -> Iterator[tuple[Part, Change]]:
    """Yield figures that were revised, withdrawn or are new."""
    gone = [row for row in old.observations if row not in new.observations]
    for row in new.observations:
        if row in old.observations:
            continue
        was = next((each for each in gone if _of(each) == _of(row)), None)
        if was is not None:
            gone.remove(was)
        yield _part("revised" if was else "figure", figure=row), _learning(row, was)
    for row in gone:
        yield _part("revised", figure=row), _learning(None, row)


def _part(kind: Kind, name: str = "", figure: Observation | None = None) -> Part:
    return Part(kind=kind, name=name, figure=figure, moved={}, alone={})


def _of(row: Observation) -> tuple[object, ...]:
    return row.indicator, row.area, row.date, row.source


def _later(state: State, new: Case) -> State:
    """Return a state on the new day, with no figure more."""
    known = new.knowing(state.case.observations, state.case.assumptions)
    return replace(state, case=known)


def _learning(row: Observation | None, was: Observation | None) -> Change:
    def learn(state: State) -> State:
        rows = [each for each in state.case.observations if each != was]
        rows += [] if row is None else [row]
        return replace(state, case=state.case.knowing(rows, state.case.assumptions))

    return learn


def _assuming(new: Case, name: str) -> Change:
    def assume(state: State) -> State:
        rows = {**state.case.assumptions, name: new.assumptions[name]}
        return replace(state, case=state.case.knowing(state.case.observations, rows))

    return assume
