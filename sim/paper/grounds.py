"""A report's end: what it hinges on and rests on, how it is made, its limits, words and proof."""

from collections.abc import Iterator, Sequence

from sim.paper.parts import Facts, Part, Section, section, table
from sim.place.case import Case
from sim.place.records import Observation
from sim.show.evidence import place_names
from sim.show.sentences import goal_name
from sim.words import Words

STRONGEST = 3  # assumptions named a target


def hinges(facts: Facts, say: Words) -> Section:
    """Return what the results hinge on."""
    words: Part = {"kind": "text", "words": _hinges(facts, say)}
    return section(say("What it hinges on"), words, *_strongest(facts, say))


def assumptions(facts: Facts, say: Words) -> Section:
    """Return everything that is assumed."""
    unit, confidence, source = say("Unit"), say("Confidence"), say("Source")
    head = [say("Assumption"), say("Low"), say("Central"), say("High"), unit, confidence, source]
    rows = [
        [
            row.meaning(say.language),
            *map(say.figure, (row.low, row.central, row.high)),
            say(row.unit),
            say(row.confidence),
            row.evidence(say.language),
        ]
        for row in facts.case.assumptions.values()
    ]
    widths = (3, 0.8, 0.9, 0.8, 1.2, 1.1, 4.5)
    every = table(head, rows, "lrrrlll", widths, small=True)
    return section(say("Everything assumed"), every, annex=True)


def _hinges(facts: Facts, say: Words) -> list[str]:
    """Say what the assumptions are worth, and which targets hinge on none of them."""
    assumed = facts.case.assumptions.values()
    low = sum(row.confidence == "low" for row in assumed)
    words = say.prose("hinges", count=len(assumed), low=low)
    asked = facts.targets.targets
    free = [goal_name(each, asked, say) for each, ranks in facts.focus.drivers.items() if not ranks]
    if free:
        words += say.prose("hinges#free", names="; ".join(free))
    return words


def _strongest(facts: Facts, say: Words) -> Iterator[Part]:
    """Yield the table of the assumptions that move each target most, if any does."""
    rows = []
    for target, ranks in facts.focus.drivers.items():
        for name, rank in list(ranks.items())[:STRONGEST]:
            row = facts.case.assumptions[name]
            between = f"{say.figure(row.low)}–{say.figure(row.high)} {say(row.unit)}"
            cells = [row.meaning(say.language), say.number(rank, 2), between, say(row.confidence)]
            rows.append([goal_name(target, facts.targets.targets, say), *cells])
    if rows:
        correlation, confidence = say("Rank correlation"), say("Confidence")
        head = [say("Target"), say("Assumption"), correlation, say("Range"), confidence]
        yield table(head, rows, "llrll", (1.8, 3, 1, 1.6, 0.9), small=True, whole=True)


def sources(facts: Facts, say: Words) -> Section:
    """Return where the targets come from, and every figure used."""
    case, targets = facts.case, facts.targets
    goals = "; ".join(
        f"{say.indicator(each.indicator)} ≥ {say.goal(each.indicator, each.at_least)}, "
        + say("by {day}", day=say.day(each.deadline))
        for each in targets.targets
    )
    published = say(
        "Published {day}. {source}", day=say.day(targets.published), source=targets.source
    )
    known = say("What was known on {day}", day=say.day(case.head.vintage))
    parts: list[Part] = [
        {"kind": "text", "words": [f"{say.named(targets.name)}: {goals}. {published}"]},
        {"kind": "heading", "words": known},
        _figures(case, case.observations, say),
    ]
    if facts.played is not None and case.outcomes:
        later = say("Published later, used only for scoring")
        parts += [{"kind": "heading", "words": later}, _figures(case, case.outcomes, say)]
    return section(say("Every figure used"), *parts, annex=True)


def _figures(case: Case, rows: Sequence[Observation], say: Words) -> Part:
    names = place_names(case, say)
    cells = [
        [
            say.day(row.date),
            say.indicator(row.indicator),
            names.get(row.area, row.area),
            say.figure(row.value) + ("" if row.unit == "%" else " ") + say(row.unit),
            say.day(row.published),
            say(row.confidence),
            row.source,
        ]
        for row in sorted(rows, key=lambda row: (row.indicator, row.area, row.date))
    ]
    head = [say("Day"), say("Indicator"), say("Area"), say("Figure"), say("Published")]
    head += [say("Confidence"), say("Source")]
    return table(head, cells, "lllrlll", (1.2, 1.8, 1.3, 1.4, 1.2, 1.1, 3.9), small=True)


def method(say: Words) -> Section:
    """Say in six steps how a number is made."""
    return section(say("How a number is made"), {"kind": "list", "words": say.prose("method")})


def limits(facts: Facts, say: Words) -> Section:
    """Return what the chances do not hold for."""
    words = say.prose("limits")
    if any(target.at_least == 1 for target in facts.targets.targets):
        words += say.prose("limits#every")
    words += say.prose("limits#not")
    return section(say("Limits"), {"kind": "list", "words": words})


def glossary(facts: Facts, say: Words) -> Section:
    """Say what the words mean that a reader may not know."""
    words = say.prose("glossary", month=say.month(facts.focus.months[-1]))
    if facts.played is not None and facts.played()[1]:
        words += say.prose("glossary#scores")
    rows = [list(line.partition(": ")[::2]) for line in words]
    rows += ([say.indicator(name), say.unit(name)] for name in facts.focus.fans)
    head = [say("Word"), say("Meaning")]
    every = table(head, rows, "ll", (1.8, 6), small=True)
    return section(say("Words"), every, annex=True)


def checking(facts: Facts, say: Words) -> Section:
    """Return how a reader makes the report again."""
    made = {"case": facts.made["case"], "hash": facts.made["case_hash"]}
    words = say.prose("checking", command="ketnoi verify report.pdf", **made)
    return section(say("How to check this report"), {"kind": "text", "words": words})
