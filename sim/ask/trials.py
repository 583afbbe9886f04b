"""One lever at a time: a scenario with a single lever moved as far as the evidence speaks of.

The analysis that sensitivity studies call one-at-a-time, and draw as a tornado: set against
the scenario itself, draw by draw, each trial says what its lever would change on its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sim.ask.answers import Answer, Difference, Question, differences, outcome
from sim.place.case import Case
from sim.place.levers import Lever, Setting, lever_value
from sim.place.scenario import Scenario, changed
from sim.place.targets import Target, TargetSet, surely
from sim.words import LANGUAGES, Words, digits


def trials(case: Case, scenario: Scenario) -> list[Scenario]:
    """Return the scenario with one lever moved, for every lever that has room left.

    A number goes to its aim, a choice to each of the others. What is set as far already, and
    the first month of money that never comes, is left out. A trial is called by its lever and
    the two values.
    """
    return [
        _moved(case, scenario, lever, value)
        for lever in case.levers.values()
        for value in _values(lever, scenario)
    ]


def _values(lever: Lever, scenario: Scenario) -> Iterator[Setting]:
    standing = scenario.levers[lever.name]
    if isinstance(standing, str):
        yield from (choice for choice in lever.choices if choice != standing)
        return
    if lever.budget and scenario.value(lever.budget) == 0:
        return
    aim = type(standing)(lever.furthest(standing))
    if _strength(lever, standing) < _strength(lever, aim):
        yield aim


def _strength(lever: Lever, value: float) -> float:
    """Return what rises as a lever does more; 0 means never where a smaller value does more."""
    if not lever.falls:
        return value
    return -value if value else -float("inf")


def _moved(case: Case, scenario: Scenario, lever: Lever, value: Setting) -> Scenario:
    before = scenario.levers[lever.name]
    names: dict[str, str] = {}
    for language in LANGUAGES:
        say = Words(language, case.head.currency)
        values = (lever_value(lever, setting, say) for setting in (before, value))
        unit = f" {say(lever.unit)}" if lever.kind == "budget" else ""
        names[language] = f"{say(lever.label)}: " + " → ".join(values) + unit
    id = f"{lever.name}-{value}".replace("_", "-").replace(".", "-")
    return replace(changed(case, scenario, {lever.name: value}), id=id, name=names)


def try_all(
    question: Question, scenario: Scenario, done: Callable[[], object] = lambda: None
) -> list[Difference]:
    """Return what each trial changes against the scenario, target by target.

    Args:
        question: what is asked.
        scenario: the one whose levers are moved.
        done: called after the scenario and after each trial.
    """
    found = []
    for plan in (scenario, *trials(question.case, scenario)):
        found.append(outcome(question, plan))
        done()
    return differences(found[1:], found[0], question.targets)


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
    """Return what ranks trials: the chance of the target, and between equals its median.

    A change of the chance that may be luck counts as none.
    """
    return gained.chance * surely(gained.chance, gained.chance_error), gained.p50


# which steps of a run an indicator comes from, and which programme builds what it needs
STEPS: Mapping[str, tuple[str, ...]] = {
    "fibre_households": ("homes", "fibre"),
    "fixed_households": ("homes", "fibre"),
    "fixed_broadband": ("homes", "fibre"),
    "homes_passed": ("homes",),
    "covered_villages": ("villages", "power"),
    "listed_villages": ("villages", "power"),
    "smartphone_adults": ("villages", "power", "phones"),
    "internet_users": ("villages", "power", "phones"),
    "mobile_broadband": ("villages", "power", "phones"),
}
BUILT_BY: Mapping[str, str] = {
    "fibre_households": "fibre_build",
    "fixed_households": "fibre_build",
    "fixed_broadband": "fibre_build",
    "homes_passed": "fibre_build",
    "covered_villages": "village_sites",
    "listed_villages": "village_sites",
}


def acts_on(lever: Lever, indicator: str) -> bool:
    """Return whether a lever is read by any step that an indicator comes from."""
    return not set(STEPS[indicator]).isdisjoint(lever.read_by)


def moved_by(case: Case, scenario: Scenario, trial: Scenario) -> Lever:
    """Return the lever that a trial of a scenario moves."""
    changed = (name for name in case.levers if trial.levers[name] != scenario.levers[name])
    return case.levers[next(changed)]


def moves(gained: Difference) -> bool:
    """Return whether anything is left of a difference when it is told in its digits."""
    moved = round(100 * gained.p50, digits(gained.target.indicator))
    return moved != 0 or surely(gained.chance, gained.chance_error)
