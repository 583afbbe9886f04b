"""Figures by name: from the few choices that a stamp keeps to the figure itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sim.ask.answers import Answer, Difference, Question, differences
from sim.ask.hindsight import Hindcast, look_back
from sim.ask.summary import Summary
from sim.months import month_of
from sim.place.case import Case
from sim.place.targets import TargetSet
from sim.show.figures import (
    Figure,
    area_levels,
    area_map,
    difference_list,
    evidence,
    fans,
    gain_figure,
    overlays,
    paired,
    past,
    past_list,
    shares,
    spending,
    starting,
    strip,
    works,
)
from sim.show.tables import BUILT, shown_indicators
from sim.words import Words

Choices = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What figures are drawn from.

    Attributes:
        summaries: of the scenarios shown, in order.
        baseline: drawn behind a fan; None where there is none.
        question: what was asked, for figures that look behind the answers.
        answers: of the same scenarios, for figures that pair them; else empty.
        why_grey: said on a scenario beyond the evidence; nothing where it is not.
    """

    case: Case
    targets: TargetSet
    summaries: Sequence[Summary]
    baseline: Summary | None
    say: Words
    question: Question
    answers: Sequence[Answer] = ()
    why_grey: str = ""

    @property
    def one(self) -> Summary:
        """The scenario of a figure that shows one."""
        return self.summaries[0]

    def month(self, chosen: Choices) -> int:
        """Return the position of a chosen month; raises `ValueError` if there is none."""
        return [f"{day:%Y-%m}" for day in self.one.months].index(chosen["month"])

    def against(self, chosen: Choices) -> tuple[list[Difference], Answer]:
        """Return the paired differences to a chosen scenario, and that scenario."""
        base = {a.summary.scenario.id: a for a in self.answers}[chosen["against"]]
        others = [each for each in self.answers if each is not base]
        return differences(others, base, self.targets), base


def _map(f: Shown, c: Choices) -> Figure:
    return area_map(f.case, f.one, f.targets, c["indicator"], f.month(c), f.why_grey)


def _fan(f: Shown, c: Choices) -> Figure:
    return fans(f.case, f.one, f.baseline, f.targets, [c["indicator"]], f.why_grey)[0]


def _difference(f: Shown, c: Choices) -> Figure:
    found, base = f.against(c)
    return paired(found, base.summary.scenario, c["indicator"])


def _differences(f: Shown, c: Choices) -> Figure:
    found, base = f.against(c)
    return difference_list(found, base.summary.scenario)


def _gains(f: Shown, c: Choices) -> Figure:
    return gain_figure(f.case, f.answers[0], f.answers[1], c["indicator"], f.month(c))


def _starts(f: Shown, c: Choices) -> Figure:
    return starting(f.question, c["indicator"], f.say)


def _hindcasts(f: Shown) -> list[Hindcast]:
    return look_back(f.case, seed=f.question.seed, replicates=f.question.replicates)[0]


CATALOGUE: Mapping[str, Callable[[Shown, Choices], Figure]] = {
    "verdicts": lambda f, c: strip(f.summaries, f.targets),
    "fan": _fan,
    "map": _map,
    "areas": lambda f, c: area_levels(f.case, f.one, f.targets, c["indicator"], f.month(c), f.say),
    "money": lambda f, c: spending(f.one, f.case.head.currency)[0],
    "waiting": lambda f, c: works(f.one, [c["programme"]])[0],
    "allocation": lambda f, c: shares(f.case, f.one.scenario),
    "overlay": lambda f, c: overlays(f.case, f.summaries, f.targets, [c["indicator"]])[0],
    "difference": _difference,
    "differences": _differences,
    "gains": _gains,
    "assumptions": lambda f, c: evidence(f.case, "assumptions", f.say),
    "effects": lambda f, c: evidence(f.case, "effects", f.say),
    "observations": lambda f, c: evidence(f.case, "observations", f.say),
    "starts": _starts,
    "forecasts": lambda f, c: past_list(_hindcasts(f)),
    "hindsight": lambda f, c: past(_hindcasts(f), c["indicator"]),
}


def figure(shown: Shown, recipe: Choices) -> Figure:
    """Return the figure that a recipe names.

    Raises:
        LookupError: it names none, or a choice is missing.
        ValueError: a choice is none of those there are.
    """
    return CATALOGUE[recipe["drawn"]](shown, recipe)


def scenario_figures(
    case: Case, summary: Summary, baseline: Summary | None, targets: TargetSet
) -> dict[str, Figure]:
    """Return a scenario's charts by file name: fans, maps, money, what is waiting."""
    last = month_of(summary.months, targets.last_deadline)
    drawn = fans(case, summary, baseline, targets, shown_indicators(targets))
    found = {each.name: each for each in drawn}
    for target in targets.targets:
        name = target.indicator
        found[f"map-{name}"] = area_map(case, summary, targets, name, last)
    for each in (*spending(summary, case.head.currency), *works(summary, BUILT)):
        found[each.name] = each
    return found
