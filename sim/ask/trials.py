"""One lever at a time: a scenario with a single lever moved as far as the evidence speaks of.

The analysis that sensitivity studies call one-at-a-time, and draw as a tornado: set against
the scenario itself, draw by draw, each trial says what its lever would change on its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sim.ask.answers import Answer, Difference, differences, outcome
from sim.place.case import Case
from sim.place.levers import BUDGETS, BY_NAME, PRIORITIES, Lever
from sim.place.scenario import LeverRow, Scenario, Setting, changed, lever_rows, lever_value
from sim.place.targets import Target, TargetSet
from sim.words import LANGUAGES, Words, digits


def trials(case: Case, scenario: Scenario) -> list[Scenario]:
    """Return the scenario with one lever moved, for every lever that has room left.

    A number goes to its aim, the order of building to each of the others. What is set as
    far already, and the first month of money that never comes, is left out. A trial is
    called by its lever and the two values.
    """
    return [
        _moved(case, scenario, row, value)
        for row in lever_rows(case)
        for value in _values(row, scenario)
    ]


def _values(row: LeverRow, scenario: Scenario) -> Iterator[Setting]:
    name, standing = row["name"], scenario.levers[row["name"]]
    if isinstance(standing, str):
        yield from (each for each in PRIORITIES if each != standing)
        return
    budget = name.removesuffix("_start")
    if budget != name and budget in BUDGETS and scenario.value(budget) == 0:
        return
    if _strength(BY_NAME[name], standing) < _strength(BY_NAME[name], float(row["aim"])):
        yield type(standing)(row["aim"])


def _strength(lever: Lever, value: float) -> float:
    """Return what rises as a lever does more.

    >>> [_strength(BY_NAME["switch_off_2g"], month) for month in (0, 12, 6)]
    [-inf, -12, -6]
    """
    if not lever.falls:
        return value
    return -value if value else -float("inf")


def _moved(case: Case, scenario: Scenario, row: LeverRow, value: Setting) -> Scenario:
    before = scenario.levers[row["name"]]
    names: dict[str, str] = {}
    for language in LANGUAGES:
        say = Words(language)
        values = (lever_value(row, each, say) for each in (before, value))
        unit = f" {say(row['unit'])}" if row["name"] in BUDGETS else ""
        names[language] = f"{say(row['label'])}: " + " → ".join(values) + unit
    id = f"{row['name']}-{value}".replace("_", "-").replace(".", "-")
    return replace(changed(case, scenario, {row["name"]: value}), id=id, name=names)


def try_all(
    case: Case,
    scenario: Scenario,
    targets: TargetSet,
    *,
    seed: int,
    replicates: int,
    done: Callable[[], object] = lambda: None,
) -> list[Difference]:
    """Return what each trial changes against the scenario, target by target.

    Args:
        case, scenario, targets: what is asked.
        seed, replicates: as in `run`.
        done: called after the scenario and after each trial.
    """
    found = []
    for plan in (scenario, *trials(case, scenario)):
        found.append(outcome(case, plan, targets, seed=seed, replicates=replicates))
        done()
    return differences(found[1:], found[0], targets)


def ranked(
    answers: Sequence[Answer], reference: Answer, targets: TargetSet, target: Target
) -> tuple[list[Answer], list[Answer]]:
    """Return the trials that move a target, the most helpful first, and those that do not.

    Args:
        answers: of the trials.
        reference: of the scenario they were made from.
        targets: what they are judged against.
        target: one of these.
    """
    every = differences(answers, reference, targets)
    own = [each for each in every if each.target == target]
    pairs = sorted(zip(own, answers, strict=True), key=lambda pair: helpful(pair[0]), reverse=True)
    moving = [each for gained, each in pairs if moves(gained)]
    return moving, [each for gained, each in pairs if not moves(gained)]


def helpful(gained: Difference) -> tuple[float, float]:
    """Return what ranks trials: the chance of the target, and between equals its median."""
    return gained.chance, gained.p50


def moves(gained: Difference) -> bool:
    """Return whether anything is left of a difference when it is told in its digits."""
    moved = round(100 * gained.p50, digits(gained.target.indicator))
    return moved != 0 or round(100 * gained.chance, 1) != 0
