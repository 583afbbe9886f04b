"""What was followed, in words: months and their marks, parts of a change, decisions and scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.numbers import ten_digits
from sim.track.decisions import Scored
from sim.track.months import Conflict, Month
from sim.track.watch import Alarm, Seen, alarm
from sim.track.why import Part, Why
from sim.words import Words

KINDS: Mapping[str, str] = {
    "time": "Time passed",
    "revised": "Figure revised",
    "figure": "New figure",
    "targets": "Targets",
    "plan": "Plan",
    "assumption": "Assumption",
}


def alarms(months: Sequence[Month]) -> dict[str, Alarm]:
    """Return what the scores of each indicator say by the last month."""
    scores: dict[str, list[float]] = {}
    for month in months:
        for each in month.came:
            scores.setdefault(each.indicator, []).append(each.score)
    return {name: alarm(values) for name, values in scores.items()}


def month_rows(months: Sequence[Month], say: Words) -> list[list[str]]:
    """Return a row a vintage: its day, the chances, what came unexpectedly."""
    rows = []
    for month in months:
        told = [
            say.chance(each.chance, each.bounds) + f"\n{say.level(each.target.indicator, each.p50)}"
            for each in month.answer.judgement.verdicts
        ]
        odd = "\n".join(_odd(each, say) for each in month.came if each.surprise)
        rows.append([say.day(month.case.head.vintage), *told, odd or "–"])
    return rows


def _odd(each: Seen, say: Words) -> str:
    figure = each.figure
    return f"{say.indicator(each.indicator)}, {say.day(figure.date)}: " + say.level(
        each.indicator, each.level
    )


def marks(months: Sequence[Month], say: Words) -> Iterator[str]:
    """Yield the two marks: is it moving as expected, and will it arrive at this pace?"""
    for name, found in alarms(months).items():
        yield from _mark(say.indicator(name), found, say)
    for odd in (each for month in months for each in month.came if each.surprise):
        yield say(
            "{figure}: outside the 99% range. New definition, new denominator, or news?",
            figure=_odd(odd, say),
        )
    yield from learned(months[-1], say)
    last = months[-1]
    for verdict, pace in zip(last.answer.judgement.verdicts, last.paces, strict=True):
        name = verdict.target.indicator
        if pace is not None:
            yield say(
                "{indicator}: from the last figure on it needs {needed} a month; it was {so_far}.",
                indicator=say.indicator(name),
                needed=say.points(name, 100 * pace.needed),
                so_far="–" if pace.so_far is None else say.points(name, 100 * pace.so_far),
            )


def learned(month: Month, say: Words) -> Iterator[str]:
    """Yield how far counts of what was built weigh the draws, and what is at odds with them."""
    if month.learned:
        yield say(
            "Counts of what was built: {count}; of {draws} draws, {effective} still count.",
            count=say.number(len(month.learned)),
            effective=say.number(month.weights.effective),
            draws=say.number(month.draws),
        )
    if month.conflict is None:
        return
    row = month.conflict.figure
    figure = f"{say.indicator(row.indicator)}, {say.day(row.date)}: {say.plain(row.value)}"
    yield say("Conflict: hardly any draw agrees with {figure}. Is it right?", figure=figure)
    pairs = zip(month.answer.judgement.verdicts, month.conflict.without, strict=True)
    for verdict, without in pairs:
        yield say(
            "{indicator}: {now} with that figure, {before} without it.",
            indicator=say.indicator(verdict.target.indicator),
            now=say.percent(verdict.chance, 0),
            before=say.percent(without, 0),
        )


def _mark(about: str, found: Alarm, say: Words) -> Iterator[str]:
    if not found:
        yield say("{indicator}: moving as expected.", indicator=about)
    if found.beyond:
        yield say("{indicator}: a figure was beyond 3 standard deviations.", indicator=about)
    if found.one_side:
        yield say("{indicator}: seven figures in a row on one side.", indicator=about)
    if found.drift:
        yield say("{indicator}: figures are drifting away from the forecast.", indicator=about)


def months_json(months: Sequence[Month]) -> list[dict[str, Any]]:
    """Return the vintages as `ketnoi track --json` prints them."""
    return [
        {
            "vintage": month.case.head.vintage.isoformat(),
            "case_hash": month.case.hash,
            "draws": month.draws,
            "effective_draws": ten_digits(month.weights.effective),
            "tempered_to": ten_digits(month.weights.power),
            "conflict": month.conflict and _conflict_json(month.conflict),
            "targets": [
                {
                    "indicator": each.target.indicator,
                    "deadline": each.target.deadline.isoformat(),
                    "chance": ten_digits(each.chance),
                    "p50": ten_digits(each.p50),
                    "needed_a_month": pace and ten_digits(pace.needed),
                    "came": score and ten_digits(score[0]),
                    "crps": score and ten_digits(score[1]),
                }
                for each, pace, score in zip(
                    month.answer.judgement.verdicts, month.paces, month.scores, strict=True
                )
            ],
            "came": [
                {
                    "indicator": each.indicator,
                    "date": each.figure.date.isoformat(),
                    "level": ten_digits(each.level),
                    "expected": [ten_digits(end) for end in each.expected],
                    "score": ten_digits(each.score),
                    "surprise": each.surprise,
                    "weighs": each.figure in month.learned,
                }
                for each in month.came
            ],
        }
        for month in months
    ]


def _conflict_json(found: Conflict) -> dict[str, Any]:
    return {
        "indicator": found.figure.indicator,
        "date": found.figure.date.isoformat(),
        "value": found.figure.value,
        "chances_without": [ten_digits(each) for each in found.without],
    }


def why_rows(found: Why, say: Words, named: Callable[[Part], str]) -> list[list[str]]:
    """Return a row a part, between the chances before and now; parts that did nothing last.

    Args:
        found: why the chances moved.
        say: the language.
        named: gives what a part is of.
    """
    ends = ((say("Before"), found.before), (say("Now"), found.now))
    first, last = ([name, *(say.percent(each) for each in chances)] for name, chances in ends)
    parts = sorted(found.parts, key=lambda part: not any(part.moved.values()))
    return [first, *([named(part), *_moved(part, say)] for part in parts), last]


def _moved(part: Part, say: Words) -> Iterator[str]:
    for target, moved in part.moved.items():
        told = "0" if moved == 0 else say.signed(100 * moved)
        if part.orders_matter(target):
            told += " " + say("(alone {alone})", alone=say.signed(100 * part.alone[target]))
        yield told


def why_json(found: Why) -> dict[str, Any]:
    """Return the parts of a change as `ketnoi track why --json` prints them."""
    return {
        "targets": [each.indicator for each in found.targets],
        "before": [ten_digits(each) for each in found.before],
        "now": [ten_digits(each) for each in found.now],
        "parts": [
            {
                "kind": part.kind,
                "name": part.name,
                "figure": part.figure and part.figure.model_dump(mode="json"),
                "moved": list(part.moved.values()),
                "alone": list(part.alone.values()),
            }
            for part in found.parts
        ],
    }


def score_rows(found: Sequence[Scored], say: Words) -> list[list[str]]:
    """Return a row a promise: what was said, what came, and how it scores beside others."""
    return [
        [
            say.day(each.entry.day),
            each.entry.plan,
            f"{say.indicator(each.promised.indicator)} ≥ "
            + say.level(each.promised.indicator, each.promised.at_least),
            say.day(each.promised.deadline),
            say.percent(each.promised.chance),
            say.level(each.promised.indicator, each.happened),
            say("met") if each.met else say("missed"),
            *(say.number(score, 3) for score in each.brier),
            say.number(each.log_score, 2),
        ]
        for each in found
    ]
