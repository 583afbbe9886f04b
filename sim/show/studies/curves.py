"""Charts of how an analysis is come by: indices as points grow, coverage against density."""

from collections.abc import Sequence
from typing import NamedTuple

from sim.files.pictures import Chart
from sim.show.look import Look, counted, framed, layer, named_colours, rounded, text, told
from sim.study.prim import Search


class Way(NamedTuple):
    """The index of a factor at so many points, and the ends of its 95 % interval."""

    name: str
    points: int
    value: float
    ends: tuple[float, float]


def settled_lines(ways: Sequence[Way], what: str, look: Look) -> Chart:
    """Return the indices of some factors as points grow, with their intervals."""
    say = look.say
    counts = sorted({way.points for way in ways})
    rows = [
        {
            "what": way.name,
            "points": way.points,
            "text": say.number(round(way.value, 2) + 0.0, 2),
            "value": rounded(way.value),
            "low": rounded(way.ends[0]),
            "high": rounded(way.ends[1]),
        }
        for way in ways
    ]
    ends = [f"{row['what']} {row['text']}" for row in rows if row["points"] == counts[-1]]
    return framed(
        look,
        title=say("Do the indices settle? {what}", what=what),
        subtitle=[say("index as points grow; bars: 95% intervals")],
        description=say(
            "Indices as points increase from {first} to {last}; final values: {list}.",
            first=say.number(counts[0]),
            last=say.number(counts[-1]),
            list="; ".join(ends),
        ),
        body={
            "data": {"values": rows},
            "height": 260,
            "layer": _settled_layers(list(dict.fromkeys(way.name for way in ways)), counts, look),
        },
    )


def _settled_layers(names: Sequence[str], counts: Sequence[int], look: Look) -> list[Chart]:
    """Return a line a factor over points, its intervals and its points."""
    say, paint = look.say, {"color": named_colours(names, look)}
    scale = {"type": "log", "nice": False, "padding": 24}
    axis = {"values": list(counts), "format": ",d", "grid": False}
    across = counted("points", title=say("Points"), scale=scale, axis=axis)
    up = counted("value", title=None, axis={"tickCount": 5})
    tips = told(what=say("Factor"), points=say("Points"), text=say("Index"))
    span = {"x": across, "y": counted("low", title=None), "y2": {"field": "high"}, **paint}
    line = {"x": across, "y": up, **paint}
    return [
        layer("line", line, strokeWidth=2),
        layer("rule", span, strokeWidth=1.5, opacity=0.6),
        layer("point", {**line, "tooltip": tips}, filled=True, size=50, opacity=1),
    ]


def traded(search: Search, what: str, look: Look) -> Chart:
    """Return coverage against density of the boxes that PRIM met on its way, and those taken."""
    say, colours = look.say, look.palette
    steps = [_spot(box.coverage, box.density, len(box.limits)) for box in search.steps]
    taken = [
        {**_spot(box.coverage, box.density, len(box.limits)), "number": say.number(place)}
        for place, box in enumerate(search.boxes, start=1)
    ]
    axis = {"format": ".0%", "tickCount": 5}
    whole = {"domain": [0, 1]}
    across = counted("coverage", title=say("share of all failures covered"), scale=whole, axis=axis)
    up = counted("density", title=say("share of its points that fail"), scale=whole, axis=axis)
    place = {"x": across, "y": up}
    last = search.steps[-1]
    told_ends = say(
        "From all points ({density} of which fail) to a box that covers {coverage} of all "
        "failures, where {most} of the points fail.",
        density=say.percent(search.steps[0].density, 0),
        coverage=say.percent(last.coverage, 0),
        most=say.percent(last.density, 0),
    )
    marks = {"filled": True, "color": colours.target, "opacity": 1}
    return framed(
        look,
        title=say("What more certainty costs: {what}", what=what),
        subtitle=[
            say("each point is a box; numbered: boxes reported, each found among what is left")
        ],
        description=told_ends,
        body={
            "height": 300,
            "layer": [
                layer("line", {**place, "order": counted("step")}, _numbered(steps), opacity=0.3),
                layer("point", place, steps, filled=True, size=45, color=colours.main, opacity=1),
                layer("point", place, taken, shape="diamond", size=140, **marks),
                text("number", place, taken, dx=14, fontSize=13, fontWeight=700),
            ],
        },
    )


def _spot(coverage: float, density: float, limits: int) -> dict[str, float | str]:
    return {"coverage": rounded(coverage), "density": rounded(density), "limits": limits}


def _numbered(rows: Sequence[dict[str, float | str]]) -> list[dict[str, float | str]]:
    return [{**row, "step": place} for place, row in enumerate(rows)]
