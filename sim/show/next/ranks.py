"""Areas by rank, with the range of their ranks; what it is worth to know, as bars."""

from collections.abc import Sequence

from sim.files.pictures import Chart
from sim.rank import telling
from sim.rank.start import Start
from sim.show.figures import Shown, figure
from sim.show.look import Look, counted, framed, layer, line_of_text, named, rounded, told
from sim.words import Words
from sim.worth import telling as counting
from sim.worth.count import Counted

FULL = 1.0  # of a range
MOST = 25  # areas that a chart has room for


def _start(shown: Shown) -> Start:
    assert isinstance(shown.next, Start)
    return shown.next


def _counted(shown: Shown) -> Counted:
    assert isinstance(shown.next, Counted)
    return shown.next


@figure("ranks", lambda shown: telling.table(_start(shown)), folder="rank")
def ranked(shown: Shown, look: Look) -> Chart:
    """Return the first areas with the 90 % range of their ranks and the chance of the top."""
    say, start = look.say, _start(shown)
    found, names = start.ranks, telling.area_names(start, say)
    rows = [
        {
            "area": names[area],
            "group": say.number(group),
            "low": rounded(found.low[area]),
            "middle": rounded(found.middle[area]),
            "high": rounded(found.high[area]),
            "text": telling.chance(start, float(found.chance[area]), say),
        }
        for group, area in _first(start, say)
    ]
    order = [str(row["area"]) for row in rows]
    notes = (
        say("Dot: median rank; line: 90% range; number: chance of being the first")
        if found.top == 1
        else say(
            "Dot: median rank; line: 90% range; number: chance of the first {top}", top=found.top
        )
    )
    lines = [say.named(start.plan.name), notes]
    if len(rows) < len(names):
        counts = {"count": say.number(len(rows)), "areas": say.number(len(names))}
        lines.append(say("{count} of {areas} areas, most often among the first", **counts))
    return framed(
        look,
        title=say("Where to start"),
        subtitle=lines,
        description=say("Areas by rank: {list}.", list=", ".join(order)),
        body={
            "data": {"values": rows},
            "height": {"step": 24},
            "layer": _rank_layers(order, telling.in_front(start, say), look),
        },
    )


def _first(start: Start, say: Words) -> list[tuple[int, int]]:
    """Return the areas that are most often among the first, as many as there is room for."""
    found = start.ranks
    places = range(len(found.chance))
    likely = sorted(places, key=lambda area: (-found.chance[area], found.middle[area]))[:MOST]
    return [(group, area) for group, area in telling.grouped(start, say) if area in likely]


def _rank_layers(order: Sequence[str], in_front: str, look: Look) -> list[Chart]:
    say, colours = look.say, look.palette
    down = named("area", order, title=None, axis={"ticks": False, "domain": False})
    across: Chart = {"title": say("Rank"), "scale": {"domainMin": 0.5, "nice": False}}
    across["axis"] = {"tickMinStep": 1, "format": "d"}
    tips = told(area=say("Area"), group=say("Group"), text=in_front)
    span = {"y": down, "x": counted("low", **across), "x2": {"field": "high"}, "tooltip": tips}
    at = {"y": down, "x": counted("middle", **across), "tooltip": tips}
    end = {"y": down, "x": counted("high", **across)}
    bar: Chart = {"color": colours.main, "strokeWidth": 4, "opacity": 0.45, "strokeCap": "round"}
    dot: Chart = {"filled": True, "size": 70, "color": colours.main, "opacity": 1}
    return [
        layer("rule", span, **bar),
        layer("point", at, **dot),
        line_of_text("datum.text", end, dx=8, color=colours.soft),
    ]


@figure("worth-knowing", lambda shown: counting.table(_counted(shown)), folder="worth")
def worth_knowing(shown: Shown, look: Look) -> Chart:
    """Return what knowing each quantity would bring to the choice, in points of chance."""
    say, found = look.say, _counted(shown)
    missed = say.indicator(found.missed.indicator)
    rows = [
        {
            "what": counting.quantity(found, each.names[0], say),
            "value": rounded(each.narrower),
            "text": counting.worth(each, say),
            "narrower": say.percent(each.narrower, 0),
        }
        for each in found.gains[: counting.SHOWN]
    ]
    return framed(
        look,
        title=say("What to count next"),
        subtitle=[
            say("Words: what knowing it would add to the choice among the plans"),
            say("Bar: how much narrower the range of {indicator} would be", indicator=missed),
            say("Everything together: {points} points", points=say.number(100 * found.most, 1)),
        ],
        description=say(
            "What knowing would add: {list}.",
            list="; ".join(f"{row['what']}: {row['text']}" for row in rows),
        ),
        body={
            "data": {"values": rows},
            "height": {"step": 40},
            "layer": _worth_layers([str(row["what"]) for row in rows], look),
        },
    )


def _worth_layers(order: Sequence[str], look: Look) -> list[Chart]:
    """Return a bar a quantity, and its words above it."""
    say, colours = look.say, look.palette
    down = named("what", order, title=None, axis=None)
    names = say("What would be known"), say("For the choice"), say("Range narrower by")
    tips = told(**dict(zip(("what", "text", "narrower"), names, strict=True)))
    axis = {"tickCount": 5, "format": ".0%"}
    scale = {"domainMin": 0, "domainMax": FULL}
    across = counted("value", title=names[2], axis=axis, scale=scale)
    at = {"y": down, "x": across, "tooltip": tips}
    words = "datum.what + ' · ' + datum.text"
    return [
        layer("bar", at, color=colours.main, height=12, yOffset=7),
        line_of_text(words, {"y": down, "x": {"value": 0}}, dy=-9, color=colours.ink),
    ]
