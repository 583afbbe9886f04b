"""Charts of what was followed: the chance by vintage, and what moved it part by part."""

from collections.abc import Sequence
from datetime import date
from textwrap import wrap
from typing import Any

from sim.files.pictures import Chart
from sim.files.tables import Cell, Heading, Table, table_of
from sim.numbers import ten_digits
from sim.show.figures import Shown, figure, listed
from sim.show.look import (
    Look,
    counted,
    framed,
    layer,
    level_axis,
    line_of_text,
    named,
    named_colours,
    rounded,
    text,
    time_axis,
    tips,
    told,
)
from sim.show.sentences import goal_name
from sim.show.track.words import largest, part_name, surprises, why_sentences
from sim.track.months import Month
from sim.track.times import Track
from sim.track.why import Part, Why
from sim.words import Words

MOST_BARS = 10  # of parts; the smallest are drawn together
LINE = 44  # letters of each of two lines above a bar


def _track(shown: Shown) -> Track:
    assert isinstance(shown.next, Track)
    return shown.next


def _why(shown: Shown) -> Why:
    found = _track(shown).why
    assert found is not None
    return found


def _vintages(shown: Shown) -> Table:
    """Return the chance, median and pace of every target, vintage by vintage."""
    return table_of(
        (
            (month, *each)
            for month in _track(shown).months
            for each in zip(month.answer.judgement.verdicts, month.paces, month.scores, strict=True)
        ),
        ("vintage", lambda month, *_: month.case.head.vintage.isoformat()),
        ("indicator", lambda month, v, *_: v.target.indicator),
        ("deadline", lambda month, v, *_: v.target.deadline.isoformat()),
        ("chance", lambda month, v, *_: ten_digits(v.chance)),
        ("p05", lambda month, v, *_: ten_digits(v.p05)),
        ("p50", lambda month, v, *_: ten_digits(v.p50)),
        ("p95", lambda month, v, *_: ten_digits(v.p95)),
        ("came", lambda month, v, pace, score: _ten(score and score[0])),
        ("crps", lambda month, v, pace, score: _ten(score and score[1])),
        ("draws", lambda month, *_: month.draws),
        ("effective_draws", lambda month, *_: ten_digits(month.weights.effective)),
        ("conflict", lambda month, *_: int(month.conflict is not None)),
        ("needed_a_month", lambda month, v, pace, _: _ten(pace.needed if pace else None)),
        ("so_far_a_month", lambda month, v, pace, _: _ten(pace.so_far if pace else None)),
    )


def _ten(value: float | None) -> float | None:
    return None if value is None else ten_digits(value)


def _of_months(shown: Shown) -> list[dict[str, str]]:
    return [{}] if isinstance(shown.next, Track) and shown.next.months else []


@figure("vintages", _vintages, each=_of_months, folder="track")
def vintages(shown: Shown, look: Look) -> Chart:
    """Return the chance of each target by what was known, surprises marked."""
    say, months = look.say, _track(shown).months
    targets = months[-1].answer.judgement.targets
    names = [goal_name(target, targets, say) for target in targets]
    rows = [row for month in months for row in _chances(month, names, say)]
    odd = {(month.case.head.vintage, seen.indicator) for month, seen in surprises(months)}
    marked = [row for row in rows if (row["day"], row["indicator"]) in odd]
    rows, marked = ([{**row, "day": ""} for row in each] for each in (rows, marked))
    axis = {"format": ".0%", "tickCount": 5}
    at = {
        "x": time_axis("date", look, [month.case.head.vintage for month in months]),
        "y": counted("value", title=None, scale={"domain": [0, 1]}, axis=axis),
        "color": named_colours(names, look),
        "tooltip": told(what=say("Target"), text=say("Chance")),
    }
    cross: Chart = {"shape": "triangle-up", "size": 170, "filled": True, "opacity": 1}
    notes = [say("triangle: a figure came outside the 99% range")] if marked else []
    plan = say.named(shown.plans[0].name)
    return framed(
        look,
        title=say("Chance by what was known"),
        subtitle=[f"{plan} · {say('Chance')}", *notes],
        description=say(
            "Chances by day of knowledge: {list}.", list="; ".join(row["text"] for row in rows)
        ),
        body={
            "height": 280,
            "layer": [
                layer("line", at, rows, strokeWidth=2.5, point={"size": 60, "filled": True}),
                *([layer("point", at, marked, **cross)] if marked else []),
            ],
        },
    )


def _chances(month: Month, names: Sequence[str], say: Words) -> list[dict[str, Any]]:
    day = month.case.head.vintage
    return [
        {
            "date": day.isoformat(),
            "day": day,
            "indicator": each.target.indicator,
            "value": rounded(each.chance),
            "what": name,
            "text": f"{name}, {say.day(day)}: {say.chance(each.chance, each.bounds)}",
        }
        for each, name in zip(month.answer.judgement.verdicts, names, strict=True)
    ]


def _of_targets(shown: Shown) -> list[dict[str, str]]:
    months = shown.next.months if isinstance(shown.next, Track) else ()
    many = len(months[-1].answer.judgement.targets) if len(months) > 1 else 0
    return [{"target": f"{place}"} for place in range(many)]


def _towards(shown: Shown, *, target: str) -> Table:
    """Return what each vintage said of a target's day."""
    head, rows = _vintages(shown)
    many = len(_track(shown).months[-1].answer.judgement.targets)
    return head, rows[int(target) :: many]


@figure("towards-{target}", _towards, each=_of_targets, folder="track")
def towards(shown: Shown, look: Look, *, target: str) -> Chart:
    """Return what each vintage said of a target's day, and what came, if it was published.

    Args:
        shown: what was followed.
        look: words, theme and width.
        target: its place among those asked.
    """
    say, months, place = look.say, _track(shown).months, int(target)
    asked = months[-1].answer.judgement.targets
    aim, name = asked[place], goal_name(asked[place], asked, say)
    rows = [_said(month, place, name, say) for month in months]
    return framed(
        look,
        title=name,
        subtitle=[
            say("Forecast for that day, by what was known") + " · " + say.unit(aim.indicator),
            say("bar: 90% range, dot: median"),
        ],
        description="; ".join(str(row["told"]) for row in rows),
        body={"height": 260, "layer": _towards_layers(rows, months[-1], place, look)},
    )


def _said(month: Month, place: int, name: str, say: Words) -> dict[str, Any]:
    each, day = month.answer.judgement.verdicts[place], month.case.head.vintage
    kind = each.target.indicator
    middle = say.level(kind, each.p50)
    return {
        "date": day.isoformat(),
        "low": rounded(each.p05),
        "value": rounded(each.p50),
        "high": rounded(each.p95),
        "what": name,
        "text": f"{middle} ({say.between(kind, each.p05, each.p95)})",
        "told": f"{say.day(day)}: {middle} ({say.between(kind, each.p05, each.p95)})",
    }


def _towards_layers(
    rows: Sequence[dict[str, Any]], last: Month, place: int, look: Look
) -> list[Chart]:
    """Return bars and medians by vintage, the target's line, and what came, if anything."""
    say, colours = look.say, look.palette
    aim, score = last.answer.judgement.targets[place], last.scores[place]
    level, day = say.goal(aim.indicator, aim.at_least), say.day(aim.deadline)
    lines = [(aim.at_least, say("target {level} by {day}", level=level, day=day), colours.target)]
    if score is not None:
        came = say.level(aim.indicator, score[0])
        lines.append((score[0], say("outcome {level}", level=came), colours.ink))
    x = time_axis("date", look, [date.fromisoformat(row["date"]) for row in rows])
    y = level_axis(aim.indicator)
    at: Chart = {"x": x, "tooltip": tips(look, aim.indicator)}
    span = {**at, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    found = [
        layer("rule", span, rows, color=colours.main, opacity=0.35, strokeWidth=9),
        layer("point", {**at, "y": y}, rows, color=colours.main, filled=True, size=70, opacity=1),
    ]
    words: Chart = {"align": "right", "baseline": "bottom", "dy": -4, "dx": -4, "fontSize": 12}
    for value, told_, colour in lines:
        own = [{"value": rounded(value), "text": told_}]
        height = {"y": counted("value")}
        found.append(layer("rule", height, own, color=colour, strokeDash=[6, 4], strokeWidth=1.5))
        end = {"x": {"value": "width"}, **height}
        found.append(text("text", end, own, color=colour, fontWeight=600, **words))
    return found


@listed("came")
def came(shown: Shown) -> Table:
    """Return every figure that came, and where it fell in what was forecast of it."""
    return table_of(
        ((month, seen) for month in _track(shown).months for seen in month.came),
        ("known_on", lambda month, seen: month.case.head.vintage.isoformat()),
        ("indicator", lambda month, seen: seen.indicator),
        ("date", lambda month, seen: seen.figure.date.isoformat()),
        ("published", lambda month, seen: seen.figure.published.isoformat()),
        ("level", lambda month, seen: ten_digits(seen.level)),
        ("p05", lambda month, seen: ten_digits(seen.expected[0])),
        ("p50", lambda month, seen: ten_digits(seen.expected[1])),
        ("p95", lambda month, seen: ten_digits(seen.expected[2])),
        ("score", lambda month, seen: ten_digits(seen.score)),
        ("surprise", lambda month, seen: int(seen.surprise)),
        ("weighs", lambda month, seen: int(seen.figure in month.learned)),
    )


def _moved(shown: Shown, *, target: str) -> Table:
    """Return what each part did to a target's chance, where it stands and as the first one."""
    why, place = _why(shown), int(target)
    rows: list[list[Cell]] = [["before", "", None, ten_digits(why.before[place]), None]]
    for part in why.parts:
        day = part.figure.date.isoformat() if part.figure else ""
        name = part.figure.indicator if part.figure else part.name
        moved, alone = part.moved[place], part.alone[place]
        rows.append([part.kind, name, day, ten_digits(moved), ten_digits(alone)])
    rows.append(["now", "", None, ten_digits(why.now[place]), None])
    return ["part", "name", "date", "chance", "alone"], rows


def _of_why(shown: Shown) -> list[dict[str, str]]:
    why = shown.next.why if isinstance(shown.next, Track) else None
    return (
        [{"target": f"{at}"} for at in range(len(why.targets)) if largest(why, at)] if why else []
    )


@figure("moved-{target}", _moved, each=_of_why, folder="track")
def moved(shown: Shown, look: Look, *, target: str) -> Chart:
    """Return what moved the chance of a target, a bar a part in points, the largest first.

    Args:
        shown: what was followed.
        look: words, theme and width.
        target: its place among those asked.
    """
    say, why, place = look.say, _why(shown), int(target)
    case, parts = _track(shown).newest.case, largest(why, place)
    bars = [_bar(part_name(part, case, say), part.moved[place], say) for part in parts[:MOST_BARS]]
    rest = sum(part.moved[place] for part in parts[MOST_BARS:])
    if parts[MOST_BARS:]:
        count = say.number(len(parts[MOST_BARS:]))
        bars.append(_bar(say("{count} smaller parts together", count=count), rest, say))
    before, now = (say.percent(each[place], 0) for each in (why.before, why.now))
    words = list(why_sentences(why, case, say))[place]
    return framed(
        look,
        title=goal_name(why.targets[place], why.targets, say),
        subtitle=[
            say("Why the chance went from {before} to {now}", before=before, now=now),
            say("points, added up in this order"),
        ],
        description=words,
        body={
            "data": {"values": bars},
            "height": {"step": 68},
            "layer": _moved_layers([str(row["name"]) for row in bars], look),
        },
    )


def _bar(name: str, moved: float, say: Words) -> dict[str, Any]:
    points = 100 * moved
    lines = wrap(f"{say.signed(points)} · {name}", LINE, max_lines=2, placeholder=" …")
    return {"name": name, "value": rounded(points), "text": "\n".join(lines)}


def _moved_layers(names: Sequence[str], look: Look) -> list[Chart]:
    """Return the line at nought, a bar a part by its sign, and its words above it."""
    colours = look.palette
    down = named("name", names, title=None, axis=None)
    across = counted("value", title=None, axis={"tickCount": 5})
    sign = {"condition": {"test": "datum.value < 0", "value": colours.target}}
    bar = {"y": down, "x": across, "color": {**sign, "value": colours.main}}
    place = {"y": down, "x": {"value": 0}}
    behind: Chart = {"color": colours.paper, "stroke": colours.paper, "strokeWidth": 4}
    nought: Chart = {"color": colours.soft, "strokeDash": [3, 3]}
    above: Chart = {"dy": -9, "baseline": "bottom", "lineBreak": "\n"}
    return [
        layer("bar", bar, height=14, yOffset=22),
        layer("rule", {"x": {"datum": 0}}, **nought),
        line_of_text("datum.text", place, **above, **behind),
        line_of_text("datum.text", place, **above, color=colours.ink),
    ]


def numbers(shown: Shown) -> Table:
    """Return all of what was followed: the vintages, or every part of why the chances moved."""
    why = _track(shown).why
    if why is None:
        return _vintages(shown)
    tables = [_moved(shown, target=str(place)) for place in range(len(why.targets))]
    rows = [[place, *row] for place, (_, each) in enumerate(tables) for row in each]
    return ["target", *tables[0][0]], rows


def parts_table(why: Why, shown: Shown, say: Words) -> Table:
    """Return what every part did to every target as a page shows it, in points."""
    names = [Heading(goal_name(each, why.targets, say), 1) for each in why.targets]
    case = _track(shown).newest.case

    def row(name: str, values: Sequence[float]) -> list[Cell]:
        return [name, *(round(100 * value, 4) for value in values)]

    order: list[Part] = sorted(
        why.parts, key=lambda part: -max(map(abs, part.moved.values()), default=0)
    )
    rows = [row(part_name(part, case, say), list(part.moved.values())) for part in order]
    ends = (row(say("Before"), why.before), row(say("Now"), why.now))
    return [say("Why"), *names], [ends[0], *rows, ends[1]]
