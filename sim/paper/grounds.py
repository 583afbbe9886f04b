"""A report's end: what it hinges on and rests on, how it is made, its limits, words and proof."""

from collections.abc import Sequence
from typing import Any

from sim.paper.parts import Facts, Part, section, table
from sim.place.case import Case
from sim.place.records import Observation
from sim.show.evidence import place_names
from sim.words import Words

STRONGEST = 3  # assumptions named a target


def assumptions(facts: Facts, say: Words) -> dict[str, Any]:
    """Return what the results hinge on, and everything that is assumed."""
    assumed = facts.case.assumptions
    rows = [
        [
            row.meaning(say.language),
            say.figure(row.low),
            say.figure(row.central),
            say.figure(row.high),
            say(row.unit),
            say(row.confidence),
            row.evidence(say.language),
        ]
        for row in assumed.values()
    ]
    head = [
        say("Assumption"),
        say("Low"),
        say("Central"),
        say("High"),
        say("Unit"),
        say("Confidence"),
        say("Source"),
    ]
    strongest = [
        [
            say.indicator(target),
            assumed[name].meaning(say.language),
            say.number(rank, 2),
            f"{say.figure(assumed[name].low)}–{say.figure(assumed[name].high)} "
            + say(assumed[name].unit),
            say(assumed[name].confidence),
        ]
        for target, ranks in facts.focus.drivers.items()
        for name, rank in list(ranks.items())[:STRONGEST]
    ]
    parts: list[Part] = [{"kind": "text", "words": _hinges(facts, say)}]
    if strongest:
        heads = [
            say("Target"),
            say("Assumption"),
            say("Rank correlation"),
            say("Range"),
            say("Confidence"),
        ]
        parts.append(
            table(heads, strongest, (2,), widths=[1.8, 3, 1, 1.6, 0.9], small=True, whole=True)
        )
    parts += [
        {"kind": "heading", "words": say("Everything assumed")},
        table(head, rows, (1, 2, 3), widths=[3, 0.8, 0.9, 0.8, 1.2, 1.1, 4.5], small=True),
    ]
    return section(say("What it hinges on"), parts)


def _hinges(facts: Facts, say: Words) -> list[str]:
    """Say what the assumptions are worth, and which targets hinge on none of them."""
    assumed = facts.case.assumptions.values()
    low = sum(row.confidence == "low" for row in assumed)
    words = [
        say(
            "Of {count} assumptions, {low} are of low confidence. Those below move a result most: "
            "the rank correlation of their draws with the level on the target's day, -1 to 1.",
            count=len(assumed),
            low=low,
        )
    ]
    free = [name for name, ranks in facts.focus.drivers.items() if not ranks]
    if free:
        names = "; ".join(say.indicator(name) for name in free)
        words.append(
            say(
                "No single assumption moves these much: {names}. What spreads them is how far "
                "such series have strayed from their own trend in other years and countries.",
                names=names,
            )
        )
    return words


def sources(facts: Facts, say: Words) -> dict[str, Any]:
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
    parts: list[Part] = [
        {"kind": "text", "words": [f"{say.named(targets.name)}: {goals}. {published}"]},
        {
            "kind": "heading",
            "words": say("What was known on {day}", day=say.day(case.head.vintage)),
        },
        _figures(case, case.observations, say),
    ]
    later = case.outcomes if facts.played is not None else ()
    if later:
        parts += [
            {"kind": "heading", "words": say("Published later, used for nothing but to judge")},
            _figures(case, later, say),
        ]
    return section(say("Every figure used"), parts)


def _figures(case: Case, rows: Sequence[Observation], say: Words) -> Part:
    names = place_names(case, say)
    kept = sorted(rows, key=lambda row: (row.indicator, row.area, row.date))
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
        for row in kept
    ]
    head = [
        say("Day"),
        say("Indicator"),
        say("Area"),
        say("Figure"),
        say("Published"),
        say("Confidence"),
        say("Source"),
    ]
    return table(head, cells, (3,), widths=[1.2, 1.8, 1.3, 1.4, 1.2, 1.1, 3.9], small=True)


def method(say: Words) -> dict[str, Any]:
    """Say in six steps how a number is made."""
    steps = [
        say(
            "Every assumption is drawn from its range; the same draws serve every plan, so plans "
            "are compared draw by draw."
        ),
        say(
            "Areas start where they were counted or where a small-area estimate puts them, and "
            "add up to the whole in every draw."
        ),
        say(
            "Where history alone would lead: the level comes from the place's own figures, its "
            "further way and its spread from how a hundred countries moved and how wrong such "
            "forecasts were."
        ),
        say(
            "What gets built: sites and packages of homes pass survey, permit, money, power, works "
            "and equipment, in queues with crews, rain and late money."
        ),
        say(
            "Who takes it up: the rate that makes the baseline follow history is found draw by "
            "draw; the plan then runs with that rate, its own reach and its levers."
        ),
        say("A chance is the share of the draws in which the target is met on its day."),
    ]
    return section(say("How a number is made"), [{"kind": "list", "words": steps}])


def limits(facts: Facts, say: Words) -> dict[str, Any]:
    """Return what the chances do not hold for."""
    words = [
        say("Chances come from draws of this model: they hold only as far as its assumptions do."),
        say("Areas marked as estimated were not counted in the past year; their spread is wide."),
        say("Effects of levers rest on few studies, most of them of other countries."),
        say(
            "The chances of different targets are drawn independently of each other, so the "
            "chance of all together is too low where they rise and fall together."
        ),
        say("Works already under way on the day of the forecast are not known."),
        say(
            "Costs are public money alone: what operators and users pay, and whether a place may "
            "order a measure by itself, is left out."
        ),
    ]
    if any(target.at_least == 1 for target in facts.targets.targets):
        words.append(say("A target of 100% is missed if a single one is missing."))
    return section(say("Limits"), [{"kind": "list", "words": words}])


def glossary(facts: Facts, say: Words) -> dict[str, Any]:
    """Say what the words mean that a reader may not know."""
    brier = [
        say("Brier score of the chances"),
        say(
            "mean squared distance of the chances from what "
            "happened (0 or 1); a coin's is 0.25; in brackets "
            "of how many chances, and only scores of the "
            "same ones compare"
        ),
    ]
    rows = [
        ["ketnoi", say("the program that made this report")],
        [say("chance"), say("share of the draws in which the target is met on its day")],
        [
            say("draw"),
            say(
                "one run of the model with one value of every assumption and one set of "
                "random numbers, the same in every scenario, so that scenarios are "
                "compared pair by pair"
            ),
        ],
        [say("median"), say("half of the draws lie below it, half above")],
        [
            say("90% range"),
            say("from the level that 5% of the draws stay below to the one that 5% exceed"),
        ],
        [
            say("Gap"),
            say(
                "the target less the median, in points: hundredths of all households or "
                "villages, or subscriptions per 100 people"
            ),
        ],
        [
            say("run"),
            say("the months computed, up to {month}", month=say.month(facts.focus.months[-1])),
        ],
        [say("Baseline"), say("policy simply goes on as it is")],
        [
            say("estimated"),
            say(
                "the area was not counted in the past year; its start comes from "
                "its urban share, its internet score in the PAPI survey and the "
                "areas that were counted"
            ),
        ],
        [
            say("Confidence"),
            say(
                "high: an official figure; medium: derived from one, or an "
                "estimate; low: on another definition, or ketnoi's own "
                "assumption"
            ),
        ],
        [say("No change"), say("says that the last figure stays")],
        [say("Straight line"), say("goes on at the mean pace so far")],
        [say("Damped ETS"), say("exponential smoothing with a trend that fades")],
        [say("Bass curve"), say("an S-shaped curve of adoption, fitted to the past")],
        [say("Within 90%"), say("share of later figures within the 90% range; good is 90%")],
        [say("Width"), say("mean width of the 90% range, in points")],
        *([brier] if facts.played is not None and facts.played()[1] else []),
        *([say.indicator(name), say.unit(name)] for name in facts.focus.fans),
    ]
    head = [say("Word"), say("Meaning")]
    return section(say("Words"), [table(head, rows, (), widths=[1.8, 6], small=True)])


def checking(facts: Facts, say: Words) -> dict[str, Any]:
    """Return how a reader makes the report again."""
    words = [
        say(
            "This file carries its recipe, in a PDF as the document's description: the case's "
            "hash, every lever, the seed, the versions and a hash of its numbers."
        ),
        say(
            "Check it with: {command}. ketnoi makes it again and compares byte for byte, and says "
            "which number, caption or input differs.",
            command="ketnoi verify report.pdf",
        ),
        say(
            "That shows that the report follows from its inputs. To see that they are the right "
            "ones, compare the case's hash with the one its publisher gives: {case}, {hash}.",
            case=facts.made["case"],
            hash=facts.made["case_hash"],
        ),
    ]
    return section(say("How to check this report"), [{"kind": "text", "words": words}])
