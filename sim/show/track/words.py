"""What was followed in words: parts of a change by their names, the two marks of a target."""

from collections.abc import Iterator, Sequence

from sim.place.case import Case
from sim.place.records import Observation
from sim.show.evidence import place_names
from sim.show.sentences import goal_name
from sim.track.months import Month
from sim.track.telling import KINDS, alarms, marks
from sim.track.times import Track
from sim.track.watch import Alarm, Pace, Seen
from sim.track.why import Part, Why
from sim.words import Words, needed

LEAST = 0.0005  # a chance that moved by less is told as unchanged
MOST_PARTS = 3  # that a sentence names


def part_name(part: Part, case: Case, say: Words) -> str:
    """Return what a part of a change is of: its kind, and which figure or assumption."""
    kind = say(KINDS[part.kind])
    if part.figure is not None:
        return f"{kind}: {figure_name(part.figure, case, say)}"
    if part.name in case.assumptions:
        return f"{kind}: {case.assumptions[part.name].meaning(say.language)}"
    return kind


def figure_name(row: Observation, case: Case, say: Words) -> str:
    """Return a figure with its place and day."""
    value = say.number(row.value, min(needed(row.value), 2))
    unit = "%" if row.unit == "%" else f" {say(row.unit)}"
    area = place_names(case, say).get(row.area, row.area)
    return f"{say.indicator(row.indicator)}, {area}, {say.day(row.date)}: {value}{unit}"


def largest(why: Why, place: int) -> list[Part]:
    """Return the parts that moved a target, the largest first."""
    moving = [part for part in why.parts if abs(part.moved[place]) >= LEAST]
    return sorted(moving, key=lambda part: -abs(part.moved[place]))


def why_sentences(why: Why, case: Case, say: Words) -> Iterator[str]:
    """Yield for each target whether its chance moved, and what moved it most."""
    for place, target in enumerate(why.targets):
        name, parts = goal_name(target, why.targets, say), largest(why, place)
        before, now = (say.percent(chances[place], 0) for chances in (why.before, why.now))
        moved = 100 * (why.now[place] - why.before[place])
        if not parts:
            yield say("{target}: the chance is {now}, and nothing moved it.", target=name, now=now)
            continue
        told = "; ".join(
            f"{part_name(part, case, say)} ({say.signed(100 * part.moved[place])})"
            for part in parts[:MOST_PARTS]
        )
        yield say(
            "{target}: from {before} to {now} ({moved} points). Most of it: {parts}.",
            target=name,
            before=before,
            now=now,
            moved=say.signed(moved),
            parts=told,
        )


def month_sentences(months: Sequence[Month], say: Words) -> Iterator[str]:
    """Yield for each target where its chance stood first and where it stands last."""
    first, last = months[0], months[-1]
    targets = last.answer.judgement.targets
    for place, target in enumerate(targets):
        before, now = (each.answer.judgement.verdicts[place] for each in (first, last))
        yield say(
            "{target}: {before} as known on {first}, {now} on {last}.",
            target=goal_name(target, targets, say),
            before=say.chance(before.chance, before.bounds),
            first=say.day(first.case.head.vintage),
            now=say.chance(now.chance, now.bounds),
            last=say.day(last.case.head.vintage),
        )


def track_sentences(track: Track, say: Words) -> Iterator[str]:
    """Yield what was followed, line by line."""
    if track.why is not None:
        yield from why_sentences(track.why, track.newest.case, say)
    else:
        yield from month_sentences(track.months, say)
        yield from marks(track.months, say)


def surprises(months: Sequence[Month]) -> list[tuple[Month, Seen]]:
    """Return the figures that the model could not have foreseen, with the month they came in."""
    return [(month, each) for month in months for each in month.came if each.surprise]


def question_of(seen: Seen, month: Month, say: Words) -> str:
    """Return a surprise as a question to the planner."""
    low, high = seen.expected[0], seen.expected[2]
    return say(
        "{figure}; {range} was expected (90%). New definition, new denominator, or news?",
        figure=figure_name(seen.figure, month.case, say),
        range=say.between(seen.indicator, low, high),
    )


def expected_words(found: Alarm | None, say: Words) -> str:
    """Return whether an indicator moves as was expected."""
    if found is None:
        return say("no new figures of its own")
    told = [
        words
        for words, is_so in (
            (say("a figure beyond 3 standard deviations"), found.beyond),
            (say("seven figures on one side"), found.one_side),
            (say("figures drifting away"), found.drift),
        )
        if is_so
    ]
    return "; ".join(told) or say("as expected")


def mark_rows(months: Sequence[Month], say: Words) -> list[list[str]]:
    """Return a row a target: is it moving as expected, will it arrive, pace needed and so far."""
    last, found = months[-1], alarms(months)
    targets = last.answer.judgement.targets
    pairs = zip(last.answer.judgement.verdicts, last.paces, strict=True)
    return [
        [
            goal_name(verdict.target, targets, say),
            expected_words(found.get(verdict.target.indicator), say),
            say.chance(verdict.chance, verdict.bounds),
            *_paces(verdict.target.indicator, pace, say),
        ]
        for verdict, pace in pairs
    ]


def _paces(name: str, pace: Pace | None, say: Words) -> tuple[str, str]:
    """Return the pace needed and the pace so far, in points a month."""
    needed_ = None if pace is None else pace.needed
    so_far = None if pace is None else pace.so_far
    told = ("–" if each is None else say.points(name, 100 * each) for each in (needed_, so_far))
    first, second = told
    return first, second


def spread(days: Sequence[object], most: int) -> list[int]:
    """Return so many positions at most, the first and the last among them, evenly apart.

    >>> spread("abcdefgh", 3), spread("ab", 6)
    ([0, 4, 7], [0, 1])
    """
    last = len(days) - 1
    if last < most:
        return list(range(last + 1))
    return [round(at * last / (most - 1)) for at in range(most)]
