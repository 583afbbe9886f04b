"""What to count next in words and tables; a survey's card in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from sim.files.tables import Cell, Table
from sim.numbers import ten_digits
from sim.place.targets import WIDE, wilson
from sim.words import Words
from sim.worth.count import START, Counted
from sim.worth.gain import Gain
from sim.worth.survey import Card

SHOWN = 10  # of the quantities, in a table of words


def quantity(found: Counted, name: str, say: Words) -> str:
    """Return what a quantity is called."""
    if name.startswith(START):
        level = say.indicator(name.removeprefix(START))
        return say("{indicator} on the first day", indicator=level)
    return found.question.case.assumptions[name].meaning(say.language)


def sentences(found: Counted, say: Words) -> Iterator[str]:
    """Yield in words what it is worth to know, and that it is nothing where it is nothing."""
    best, chance = found.best, float(found.chances.max())
    yield say(
        "As things stand, {plan} is chosen: chance {chance}.",
        plan=say.named(best.name),
        chance=say.chance(chance, wilson(chance, found.question.replicates)),
    )
    if found.most <= 0:
        yield say("Knowing more would not change the choice: one plan is never behind.")
    else:
        points = say.number(100 * found.most, 1)
        yield say("Knowing everything would add {points} points of chance.", points=points)
        yield from _first(found, say)
    narrow = max(found.gains, key=lambda each: each.narrower)
    yield say(
        "What narrows the range of {indicator} most: {name}, by {share}.",
        indicator=say.indicator(found.missed.indicator),
        name=quantity(found, narrow.names[0], say),
        share=say.percent(narrow.narrower, 0),
    )
    if found.survey is not None:
        asked = found.survey
        yield say(
            "Asking {people} about {name}: {points}; the range is narrower by {share}.",
            people=say.number(asked.people),
            name=quantity(found, asked.name, say),
            points=worth(asked.gain, say),
            share=say.percent(asked.gain.narrower, 0),
        )


def _first(found: Counted, say: Words) -> Iterator[str]:
    telling = [each for each in found.gains if each.telling]
    if not telling:
        yield say(
            "Knowing any single quantity would not change the choice by more than sampling noise."
        )
        return
    name = quantity(found, telling[0].names[0], say)
    yield say("Count first: {name}, {points}.", name=name, points=worth(telling[0], say))
    others = say.number(len(found.gains) - len(telling))
    yield say("{count} others would make no difference that the draws can show.", count=others)


def worth(each: Gain, say: Words) -> str:
    """Return what knowing brings: points of chance, or that it would change nothing."""
    if not each.telling:
        return say("would change nothing")
    points, error = say.number(100 * each.value, 1), say.number(100 * WIDE * each.error, 1)
    return say("{points} points of chance, give or take {error}", points=points, error=error)


def head(say: Words) -> list[str]:
    """Return the headings of `rows`."""
    return [say("What would be known"), say("For the choice"), say("Range narrower by")]


def rows(found: Counted, say: Words) -> list[list[str]]:
    """Return the quantities that are worth most, then some of them together."""
    every = [*found.gains[:SHOWN], *found.together]
    return [
        [
            " + ".join(quantity(found, name, say) for name in each.names),
            worth(each, say),
            say.percent(each.narrower, 0),
        ]
        for each in every
    ]


def table(found: Counted) -> Table:
    """Return it as numbers, which are the same in every language."""
    cells: list[list[Cell]] = [["everything", "", ten_digits(found.most), None, None]]
    parts: list[tuple[str, Sequence[Gain]]] = [("alone", found.gains), ("together", found.together)]
    if found.survey is not None:
        parts.append((f"survey of {found.survey.people}", [found.survey.gain]))
    for part, gains in parts:
        for each in gains:
            numbers = map(ten_digits, (each.value, each.error, each.narrower))
            cells.append([part, " ".join(each.names), *numbers])
    return ["part", "known", "chance", "chance_error", "narrower"], cells


def as_json(found: Counted) -> dict[str, Any]:
    """Return it as the object that `ketnoi worth --json` prints."""
    head, cells = table(found)
    chances = zip(found.plans, found.chances.tolist(), strict=True)
    return {
        "asked": found.entries,
        "plans": {plan.id: ten_digits(chance) for plan, chance in chances},
        "gains": [dict(zip(head, row, strict=True)) for row in cells],
    }


def card_rows(card: Card, say: Words) -> Iterator[list[str]]:
    """Yield a survey's card, a line each: what, and how many."""
    design = card.design
    yield [say("People to ask"), say.number(card.sample)]
    if card.each > 1:
        yield [say("Clusters"), say.number(card.clusters)]
        yield [say("People per cluster"), say.number(card.each)]
        yield [say("Design effect"), say.number(card.effect, 2)]
    yield [say("Margin of error"), say.percent(card.margin)]
    if design.cost_cluster:
        yield [say("Cost"), say.number(card.cost, 1)]
    if card.rule is not None:
        yield [say("To classify a district as low or high"), ""]
        yield [say("Clusters there"), say.number(card.rule.clusters)]
        yield [say("High if at least"), say.number(card.rule.least)]
        yield [say("A high one classified as low"), say.percent(card.rule.miss)]
        yield [say("A low one classified as high"), say.percent(card.rule.alarm)]
