"""Charts of amounts: money, what waits for what, differences, what moves an answer."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor, isfinite
from textwrap import wrap
from typing import Any

from sim.ask.answers import Difference
from sim.ask.summary import idle
from sim.files.pictures import Chart
from sim.files.tables import Cell, Table
from sim.forecast import WAITING
from sim.numbers import ten_digits
from sim.place.levers import label
from sim.seek import telling
from sim.seek.reply import Reply
from sim.show.figures import Shown, figure, listed
from sim.show.look import (
    Look,
    Palette,
    counted,
    framed,
    layer,
    line_of_text,
    named,
    named_colours,
    rounded,
    text,
    time_axis,
    told,
)
from sim.show.sentences import JOBS, REASONS, budgets, goal_name
from sim.show.tables import difference_rows, money_rows
from sim.words import Words

NOTHING = 0.05  # points: a difference below it is none to speak of
THICK = 0.1  # of a stack's height: from there on a part is named within it


@figure(
    "money",
    lambda shown: money_rows([shown.one]),
    each=lambda shown: [{}] if shown.one.cost > 0 else [],
    folder="plan",
)
def money(shown: Shown, look: Look) -> Chart:
    """Return the public money spent by programme and month, stacked; for any there is."""
    say, summary = look.say, shown.one
    spending = [name for name in summary.money if summary.money[name].any()]
    names = [say(label(name)) for name in spending]
    rows = [
        {
            "date": day.isoformat(),
            "value": rounded(value),
            "what": what,
            "text": say.number(float(value), 1),
            "rank": rank,
        }
        for rank, (name, what) in enumerate(zip(spending, names, strict=True))
        for day, value in zip(summary.months, summary.money[name], strict=True)
    ]
    encoding = {
        "x": {**time_axis("date", look), "timeUnit": "utcyearmonth", "bandPosition": 0},
        "y": counted("value", stack=True, title=None),
        "color": named_colours(names, look, [say(label(name)) for name in summary.money]),
        "tooltip": told(what=say("Programme"), text=say("{bn}")),
    }
    return framed(
        look,
        title=say("Public money by programme and month"),
        subtitle=[
            say.named(summary.scenario.name) + " · " + say("{bn}"),
            _spent_words(shown, say),
        ],
        description=say("Money spent each month, by programme: {names}.", names=", ".join(names)),
        body={"height": 240, **_stacked("bar", encoding, rows, look)},
    )


def _spent_words(shown: Shown, say: Words) -> str:
    """Say what is spent by the last deadline, and what of the money is idle then."""
    summary = shown.one
    _, left = idle(summary, shown.month(shown.last))
    return say(
        "{total} {bn} spent by the last deadline; {idle} idle",
        total=say.amount(summary.cost),
        idle=say.number(left),
    )


def _allocated(shown: Shown) -> Table:
    """Return a scenario's yearly money by programme, the baseline's, and its share."""
    own, ground = (budgets(shown.case, plan) for plan in (shown.one.scenario, shown.case.baseline))
    total = sum(own.values())
    rows: list[list[Cell]] = [
        [name, amount, ground[name], round(amount / total, 6) if total else 0.0]
        for name, amount in own.items()
    ]
    return ["programme", "{money}_a_year", "baseline", "share"], rows


@figure("allocation", _allocated)
def allocation(shown: Shown, look: Look) -> Chart:
    """Return yearly public money by programme, the baseline's marked."""
    say, baseline = look.say, budgets(shown.case, shown.case.baseline)
    rows = [
        {
            "what": say(label(name)),
            "value": rounded(amount),
            "ground": rounded(baseline[name]),
            "text": say.plain(round(amount, 2)),
        }
        for name, amount in budgets(shown.case, shown.one.scenario).items()
    ]
    names = [str(row["what"]) for row in rows]
    listed = ", ".join(f"{row['what']} {row['text']}" for row in rows)
    return framed(
        look,
        title=say("Where the money goes"),
        subtitle=[say("{bn} a year") + "; " + say("mark: baseline")],
        description=say("Yearly money by programme: {list}.", list=listed),
        body={
            "data": {"values": rows},
            "height": {"step": 40},
            "encoding": {"y": named("what", names, title=None, axis=None)},
            "layer": _allocation_layers(look.palette),
        },
    )


def _allocation_layers(colours: Palette) -> list[Chart]:
    """Return a bar a programme, the tick of the baseline on it, and its words above it."""
    value, ground = (counted(field, title=None, axis=None) for field in ("value", "ground"))
    tick: Chart = {"color": colours.ink, "thickness": 2, "size": 18, "yOffset": 7}
    words, left = "datum.what + '  ' + datum.text", {"x": {"datum": 0}}
    return [
        layer("bar", {"x": value}, color=colours.main, height=12, yOffset=7),
        layer("tick", {"x": ground}, **tick),
        line_of_text(words, left, dy=-9, color=colours.ink),
    ]


def _waits(shown: Shown, *, programme: str) -> Table:
    """Return the mean number of jobs that wait, by month and reason."""
    plan = shown.one
    rows: list[list[Cell]] = [
        [
            plan.scenario.id,
            programme,
            day.isoformat(),
            *(round(float(plan.waiting[programme][reason][i]), 6) for reason in WAITING),
        ]
        for i, day in enumerate(plan.months)
    ]
    return ["scenario", "programme", "month", *WAITING], rows


@figure(
    "waiting-{programme}",
    _waits,
    each=lambda shown: [{"programme": name} for name in shown.one.waiting],
    folder="plan",
)
def waiting(shown: Shown, look: Look, *, programme: str) -> Chart:
    """Return how many jobs of a building programme wait for what, by month."""
    say, summary = look.say, shown.one
    reasons = [reason for reason in WAITING if summary.waiting[programme][reason].any()]
    names = [say(REASONS[reason]) for reason in reasons]
    rows = [
        {
            "date": day.isoformat(),
            "value": rounded(value),
            "what": say(REASONS[reason]),
            "rank": -rank,
        }
        for rank, reason in enumerate(reasons)
        for day, value in zip(summary.months, summary.waiting[programme][reason], strict=True)
    ]
    encoding = {
        "x": time_axis("date", look),
        "y": counted("value", stack=True, title=None),
        "color": named_colours(names, look, [say(REASONS[reason]) for reason in WAITING]),
    }
    return framed(
        look,
        title=say(label(programme)) + ": " + say("what is waiting for what"),
        subtitle=[say.named(summary.scenario.name), say(JOBS[programme])],
        description=say("Jobs waiting for {names}, by month.", names=", ".join(names)),
        body={"height": 220, **_stacked("area", encoding, rows, look)},
    )


def _stacked(
    mark: str, encoding: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], look: Look
) -> Chart:
    """Return a stack parted by thin lines, its thick parts named within: a copy may be grey.

    Args:
        mark: of the stack.
        encoding: its channels.
        rows: `date`, `value`, `what` and `rank` of every part, the lowest rank at the bottom.
        look: its colours.
    """
    paper, ink = look.palette.paper, look.palette.ink
    place = {"x": encoding["x"], "y": counted("middle", title=None)}
    words = [*_named_within(rows)]
    behind = {"stroke": paper, "strokeWidth": 3, "strokeJoin": "round", "color": paper}
    stack = {**encoding, "order": counted("rank")}
    names = [
        text("what", place, words, fontSize=11, **behind),
        text("what", place, words, fontSize=11, color=ink),
    ]
    return {
        "data": {"values": list(rows)},
        "layer": [layer(mark, stack, stroke=paper, strokeWidth=0.7), *(names if words else [])],
    }


def _named_within(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield where the name of each thick part of a stack stands: in its middle, where thickest."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    columns: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(row["what"], []).append(row)
        columns.setdefault(row["date"], []).append(row)
    highest = max((sum(row["value"] for row in each) for each in columns.values()), default=0.0)
    for what, own in parts.items():
        edge = len(own) // 4  # a name would leave the chart there
        best = max(own[edge : len(own) - edge], key=lambda row: float(row["value"]))
        if best["value"] >= THICK * highest:
            under = sum(row["value"] for row in columns[best["date"]] if row["rank"] < best["rank"])
            middle = rounded(under + best["value"] / 2)
            yield {"what": what, "date": best["date"], "middle": middle}


def _gained(shown: Shown, indicator: str, against: str) -> list[Difference]:
    every = shown.differences(against)
    return [each for each in every if each.target.indicator == indicator]


@figure(
    "difference-{indicator}",
    lambda shown, *, indicator, against: difference_rows(
        _gained(shown, indicator, against), against
    ),
)
def difference(shown: Shown, look: Look, *, indicator: str, against: str) -> Chart:
    """Return paired differences with their 90% intervals, one row a scenario, in points.

    Args:
        shown: the scenarios' answers.
        look: words, theme and width.
        indicator: what differs.
        against: id of the scenario they are set against.
    """
    say = look.say
    values, found = [], _gained(shown, indicator, against)
    several = len({each.target for each in found}) > 1
    for each in found:
        due = f" · {say.month(each.target.deadline)}" if several else ""
        low, middle, high = (100 * level for level in (each.p05, each.p50, each.p95))
        values.append(
            {
                "scenario": say.named(each.scenario.name) + due,
                "low": rounded(low),
                "middle": rounded(middle),
                "high": rounded(high),
                "text": say.points(indicator, middle),
                "chance": say.signed(100 * each.chance),
                "range": f"{say.points(indicator, low)} … {say.points(indicator, high)}",
            }
        )
    plans = {each.scenario.id: each.scenario for each in shown.summaries}
    base = say.named(plans[against].name)
    words = "; ".join(f"{row['scenario']} {row['text']} ({row['range']})" for row in values)
    return framed(
        look,
        title=say.indicator(indicator),
        subtitle=[say("points more than {scenario}: median, 90% range, chance", scenario=base)],
        description=say("Differences from {scenario}: {list}.", scenario=base, list=words),
        body={
            "data": {"values": values},
            "height": {"step": 52},
            "layer": _interval_layers(values, look),
        },
    )


@listed("differences")
def differences(shown: Shown, *, against: str) -> Table:
    """Return all paired differences to the scenario of an id."""
    return difference_rows(shown.differences(against), against)


def _interval_layers(rows: Sequence[Mapping[str, Any]], look: Look) -> list[Chart]:
    """Return the line at nought, a bar and a point a row, and its words above it.

    Differences that are none to speak of do not fill the chart.
    """
    say, colours = look.say, look.palette
    down = named("scenario", [str(row["scenario"]) for row in rows], title=None, axis=None)
    axis: Chart = {"tickCount": 5, "labelOverlap": True}
    most = max((abs(row[end]) for row in rows for end in ("low", "high")), default=0.0)
    scale: Chart = {"domain": [-NOTHING, NOTHING]} if most < NOTHING else {"nice": True}
    across: Chart = {"title": say("points"), "scale": scale, "axis": axis}
    titles: Chart = {"scenario": say("Scenario"), "text": say("median"), "range": say("90% range")}
    tips = told(**titles, chance=say("chance, points"))
    span = {"y": down, "x": counted("low", **across), "x2": {"field": "high"}, "tooltip": tips}
    at = {"y": down, "x": counted("middle", **across), "tooltip": tips}
    bar: Chart = {"color": colours.main, "strokeWidth": 4, "opacity": 0.5, "strokeCap": "round"}
    dot: Chart = {"filled": True, "size": 90, "color": colours.main, "opacity": 1}
    words = f"datum.text + ' · {say('chance')} ' + datum.chance + ' · ' + datum.scenario"
    place = {"y": down, "x": {"value": 0}}
    behind: Chart = {"color": colours.paper, "stroke": colours.paper, "strokeWidth": 4}
    nought: Chart = {"color": colours.soft, "strokeDash": [3, 3]}
    return [
        layer("rule", {"x": counted("zero", **across)}, [{"zero": 0}], **nought),
        layer("rule", span, **bar),
        layer("point", at, **dot),
        line_of_text(words, place, dy=-16, **behind),
        line_of_text(words, place, dy=-16, color=colours.ink),
    ]


def index_bars(
    rows: Sequence[tuple[str, str, float, float, float]],
    what: str,
    points: int,
    look: Look,
    noise: float | None = None,
) -> Chart:
    """Return how much each factor matters, a bar and its 95% interval for each measure.

    Args:
        rows: factor's name, measure's name, value and the ends of its interval, the factor
            that matters most first.
        what: the answer that the factors move.
        points: how many points it was computed at.
        look: words, theme and width.
        noise: what a factor that does nothing may have: drawn as a line, bars below it grey;
            None if it has nought.
    """
    say = look.say
    values = [_index_row(*row, noise, say) for row in rows]
    names = list(dict.fromkeys(row["factor"] for row in values))
    measures = list(dict.fromkeys(row[1] for row in rows))
    broken = {"labelExpr": "split(datum.label, '\\n')", "labelLimit": 330}
    axis: Chart = {**broken, "ticks": False, "domain": False}
    words = [f"{row['name']} {row['text']} ({row['measure']})" for row in values]
    notes = [say("indices at {count} points; lines: 95% intervals", count=say.number(points))]
    if noise is not None:
        level = say.number(noise, 2)
        notes.append(
            say("grey, left of the dashed line ({level}): no more than noise", level=level)
        )
    body = {
        "data": {"values": values},
        "height": {"step": 38 if measures[1:] else 34, "for": "position"},
        "encoding": {
            "y": named("factor", names, title=None, axis=axis),
            "yOffset": named("measure", measures),
        },
        "layer": [*_index_layers(measures, look), *_noise_line(noise, look)],
    }
    return framed(
        look,
        title=say("What moves it: {what}", what=what),
        subtitle=[*([] if measures[1:] else measures), *notes],
        description=say("How much each factor moves it: {list}.", list="; ".join(words)),
        body=body,
    )


def _index_row(
    name: str,
    measure: str,
    value: float,
    low: float,
    high: float,
    noise: float | None,
    say: Words,
) -> Chart:
    number, idle = say.number(round(value, 2) + 0.0, 2), noise is not None and value <= noise
    return {
        "name": name,
        "factor": "\n".join(wrap(name, 46, max_lines=2, placeholder=" …")),
        "measure": measure,
        "value": rounded(value),
        "low": rounded(low),
        "high": rounded(high),
        "end": rounded(max(value, high, noise or 0 if idle else 0)),
        "idle": idle,
        "text": say("{value}, noise", value=number) if idle else number,
    }


def _noise_line(noise: float | None, look: Look) -> Iterator[Chart]:
    """Yield the line that a factor which does nothing stays below; none where it has nought."""
    if noise is not None:
        paint: Chart = {"color": look.palette.target, "strokeDash": [6, 4], "strokeWidth": 1.5}
        across: Chart = {"y": {"value": 0}, "y2": {"value": "height"}, "yOffset": {"value": 0}}
        row = [{"noise": rounded(noise)}]
        yield layer("rule", {"x": counted("noise"), **across}, row, **paint)


def _index_layers(measures: Sequence[str], look: Look) -> list[Chart]:
    """Return a bar a measure, the line of its interval, and its number."""
    say, colours = look.say, look.palette
    across: Chart = {"title": None, "axis": {"tickCount": 5}}
    scale = {"domain": list(measures), "range": colours.paints(len(measures))}
    legend = {"orient": "top", "direction": "horizontal"} if measures[1:] else None
    paint = named("measure", measures, title=None, scale=scale, legend=legend)
    tips = told(factor=say("Factor"), measure=say("Measure"), text=say("Index"))
    grey = {"condition": {"test": "datum.idle", "value": colours.ghost}, **paint}
    bar: Chart = {"x": counted("value", **across), "color": grey, "tooltip": tips}
    span = {"x": counted("low", **across), "x2": {"field": "high"}}
    end = {"x": counted("end", **across)}
    return [
        layer("bar", bar, height={"band": 0.8}),
        layer("rule", span, color=colours.ink, strokeWidth=1.5),
        text("text", end, align="left", dx=5, fontSize=11, color=colours.soft),
    ]


def _bought(shown: Shown) -> Table:
    """Return the money that each chance takes, and what the plans found and given spend."""
    reply = _reply(shown)
    rows: list[list[Cell]] = [
        ["curve", *map(_ten, (point.chance, point.money, *point.band))] for point in reply.curve
    ]
    rows.append(["found", _ten(reply.chance), _ten(reply.money), None, None])
    rows.append(["standing", _ten(reply.standing), _ten(reply.spent), None, None])
    return ["what", "chance", "money", "low", "high"], rows


def _reply(shown: Shown) -> Reply:
    assert shown.reply is not None
    return shown.reply


def _ten(value: float) -> float | None:
    """Return a number to ten digits; None of one without end, for a chance not reached."""
    return ten_digits(value) if isfinite(value) else None


def _of_curve(shown: Shown) -> list[dict[str, str]]:
    return [{}] if shown.reply and shown.reply.curve else []


@figure("money-for-chance", _bought, each=_of_curve, folder="asked")
def bought(shown: Shown, look: Look) -> Chart:
    """Return the money that each chance takes along the mix found, with both plans marked."""
    say, colours, reply = look.say, look.palette, _reply(shown)
    most = max(point.money for point in reply.curve)  # as far as there is money to draw
    line = [
        {**_spot(point.chance, point.money, say), "low": low, "high": min(high, most)}
        for point in reply.curve
        for low, high in [point.band]
    ]
    names = [say("The plan found"), say("The plan as it stands")]
    marks = [
        {"what": names[0], **_spot(reply.chance, reply.money, say)},
        {"what": names[1], **_spot(reply.standing, reply.spent, say)},
    ]
    seen = [reply.standing, reply.chance, reply.curve[0].chance]
    at = {**_chance_and_money(seen, say), "tooltip": told(text=say("Chance and money"))}
    band = {**at, "y": {**at["y"], "field": "low"}, "y2": {"field": "high"}}
    marked = {**at, "color": named_colours(names, look)}
    return framed(
        look,
        title=say("Money for a chance"),
        subtitle=[
            _question_words(reply, say),
            say("For the mix of levers found, as far as it can go"),
            say("Band: 95% interval from sampling noise"),
        ],
        description=say(
            "Money that each chance takes: {list}.", list="; ".join(row["text"] for row in line)
        ),
        body={
            "height": 280,
            "layer": [
                layer("area", band, line, color=colours.main, opacity=0.2),
                layer("line", at, line, color=colours.main, strokeWidth=2.5, point=True),
                layer("point", marked, marks, size=160, filled=True, opacity=1),
            ],
        },
    )


def _spot(chance: float, money: float, say: Words) -> dict[str, Any]:
    """Return a chance with the money it takes."""
    words = f"{say.percent(chance)}: {say.figure(money)} {say('{bn}')}"
    return {"chance": rounded(chance), "money": rounded(money), "text": words}


def _chance_and_money(seen: Sequence[float], say: Words) -> Chart:
    """Return axes of chances, from the tenth below those seen on, and of the money they take."""
    scale = {"domain": [rounded(floor(10 * min(seen)) / 10), 1]}
    axis = {"format": ".0%", "tickCount": 6, "grid": False}
    chance = counted("chance", title=say("Chance"), scale=scale, axis=axis)
    return {"x": chance, "y": counted("money", title=None, scale={"zero": False})}


def _question_words(reply: Reply, say: Words) -> str:
    """Return what is asked for, without the chance, and the unit of money."""
    wish = reply.wish
    goals = wish.question.targets.targets
    whole = wish.target == "all"
    what = say("all targets together") if whole else goal_name(goals[0], goals, say)
    return f"{what} · {say('{bn}')}"


def _swung(shown: Shown) -> Table:
    """Return the money that each chance takes with strong assumptions at their ends."""
    rows: list[list[Cell]] = [
        [each.assumption, ten_digits(each.value), chance, ten_digits(money)]
        for each in _reply(shown).swings
        for chance, money in each.money.items()
    ]
    return ["assumption", "value", "chance", "money"], rows


def _of_swings(shown: Shown) -> list[dict[str, str]]:
    return [{}] if _of_curve(shown) and _swung(shown)[1] else []


@figure("money-if-assumed", _swung, each=_of_swings, folder="asked")
def swung(shown: Shown, look: Look) -> Chart:
    """Return the same money with each of the strongest assumptions at its low and high end."""
    say, reply, known = look.say, _reply(shown), shown.case.assumptions
    names = {each.assumption: known[each.assumption].meaning(say.language) for each in reply.swings}
    ends = [say("low"), say("high")]
    rows = [
        {
            "what": names[each.assumption],
            "end": ends[each.value == known[each.assumption].high],
            **_spot(chance, money, say),
        }
        for each in reply.swings
        for chance, money in each.money.items()
    ]
    usual = [_spot(point.chance, point.money, say) for point in reply.curve]
    tip = told(what=say("Assumption"), text=say("Chance and money"))
    dash = named("end", scale={"domain": ends, "range": [[2, 3], [1, 0]]}, legend=None)
    at = _chance_and_money([row["chance"] for row in (*usual, *rows)], say)
    own = {**at, "color": named_colours(list(names.values()), look), "strokeDash": dash}
    own["color"]["legend"]["labelLimit"] = 260 if look.width == "container" else look.width
    lost = [say("An end not drawn never reaches such a chance")]
    return framed(
        look,
        title=say("If an assumption is at its extreme"),
        subtitle=[
            _question_words(reply, say),
            say("solid: high end; dotted: low end; grey: as assumed"),
            *(lost if any(not each.money for each in reply.swings) else []),
        ],
        description=say(
            "Curves with each of these at its low and its high end: {names}.",
            names="; ".join(names.values()),
        ),
        body={
            "height": 280,
            "layer": [
                layer("line", at, usual, color=look.palette.ghost, strokeWidth=4),
                layer("line", {**own, "tooltip": tip}, rows, strokeWidth=2),
            ],
        },
    )


@listed("asked")
def answered(shown: Shown) -> Table:
    """Return the whole answer to a question asked backwards, as numbers."""
    return telling.table(_reply(shown))
