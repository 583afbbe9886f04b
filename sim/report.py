"""The reviewer's report: one table of results, set as an A4 PDF or as one HTML file.

What is asked, what comes out, how sure it is, what was assumed, how past forecasts did and
where it all comes from, in either language. Words enter the page as data, never as markup;
there is no clock in it, so equal inputs give equal bytes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from sim.carriers import in_html
from sim.case import Case
from sim.charts import (
    Chart,
    Look,
    fan,
    hindsight,
    money,
    tile_map,
    verdict_strip,
    waiting,
)
from sim.evidence import SERIES_NAMES
from sim.export import font_folder, svg
from sim.figures import headline, lever_words
from sim.hindsight import Past
from sim.results import (
    card,
    hindsight_cells,
    hindsight_head,
    hindsight_rows,
    promise_rows,
    shown_indicators,
    tables,
    verdict_cells,
    verdict_head,
)
from sim.scenario import load_baseline
from sim.stamp import caption, encoded, of_file, outcomes_hash
from sim.summary import Summary
from sim.targets import TargetSet, Verdict, month_of
from sim.words import Words, vietnamese_order

Part = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report before it is set: plain words and tables, and its charts as SVG.

    Attributes:
        made: the stamp of what it tells.
        numbers: the tables behind it, the same in every language.
    """

    content: dict[str, Any]
    charts: tuple[str, ...]
    made: dict[str, Any]
    numbers: dict[str, Any]

    def stamped(self, file: str) -> str:
        """Return the stamp of one of its files, as text."""
        language = self.content["language"]
        return encoded(of_file(self.made, file=file, language=language, numbers=self.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a report is made from.

    Attributes:
        summaries: the scenarios; the first that is not the baseline is what it is about.
        played: gives the case's back-test, None where it has none; it is asked for last, so
            that it may be under way while the charts are drawn.
        made: the stamp.
    """

    case: Case
    summaries: Sequence[Summary]
    targets: TargetSet
    played: Callable[[], Past] | None
    made: dict[str, Any]

    @property
    def focus(self) -> Summary:
        """The scenario the report is about."""
        return next((s for s in self.summaries if s.scenario.id != "baseline"), self.summaries[0])

    @property
    def baseline(self) -> Summary | None:
        """The baseline, where it is among the scenarios."""
        return next((s for s in self.summaries if s.scenario.id == "baseline"), None)


class _Charts:
    """Charts in the order in which the report shows them."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def part(self, chart: Chart, width: float = 1.0) -> Part:
        self.drawn.append(svg(chart))
        number = len(self.drawn) - 1
        return {"kind": "chart", "number": number, "alt": chart["description"], "width": width}


def build_report(facts: Facts, say: Words) -> Report:
    """Return a report in one language."""
    charts = _Charts()
    look = Look(say=say)
    sections = [
        _summary(facts, say),
        _plans(facts, say, look, charts),
        _levers(facts, say),
        _targets(facts, look, charts),
        _places(facts, say, look, charts),
        _building(facts, say, look, charts),
        _past(facts, say, look, charts),
        _assumptions(facts, say),
        _sources(facts, say),
        _limits(say),
        _glossary(facts, say),
        _checking(say),
    ]
    name = say.named(facts.case.head.name.model_dump())
    content = {
        "language": say.language,
        "title": f"{name}: " + say("will the targets be met?"),
        "subtitle": say(
            "What was known on {day}; {replicates} draws.",
            day=say.day(facts.case.head.vintage),
            replicates=say.number(facts.made["replicates"]),
        )
        + " "
        + say.named(facts.targets.name)
        + ".",
        "stamp": caption(facts.made, facts.focus.scenario.id),
        "sections": [section for section in sections if section["parts"]],
    }
    made, numbers = facts.made, dict[str, Any](tables(facts.case, facts.summaries, facts.targets))
    if facts.played is not None:
        made = {**made, "outcomes_hash": outcomes_hash(facts.case)}
        hindcasts, promises = facts.played()
        numbers |= {"forecasts": hindsight_rows(hindcasts), "chances": promise_rows(promises)}
    return Report(content=content, charts=tuple(charts.drawn), made=made, numbers=numbers)


def _section(title: str, parts: list[Part], *, new_page: bool = True) -> dict[str, Any]:
    return {"title": title, "parts": parts, "new_page": new_page}


def _table(head: list[str], rows: list[list[str]], numbers: Sequence[int], **more: Any) -> Part:
    return {"kind": "table", "head": head, "rows": rows, "numbers": list(numbers), **more}


def _summary(facts: Facts, say: Words) -> dict[str, Any]:
    focus = facts.focus
    head = [say("Target"), say("Chance"), say("Median"), say("90 % range"), say("Gap"),
            say("Reached")]  # fmt: skip
    rows = []
    for verdict in focus.judgement.verdicts:
        name = verdict.target.indicator
        facts_of = card(verdict, say)
        rows.append(
            [facts_of.title, facts_of.chance, say.level(name, verdict.p50),
             say.between(name, verdict.p05, verdict.p95), facts_of.lines[1], facts_of.lines[2]]
        )  # fmt: skip
    every = card(focus.judgement, say)
    rows.append([every.title, every.chance, "", "", every.lines[0], ""])
    plan = say.named(focus.scenario.name) + ". " + say.named(focus.scenario.why)
    cost = say.number(focus.cost_bn_vnd)
    last = say.day(facts.targets.last_deadline)
    money = say("Public money by {day}: {cost} bn VND.", day=last, cost=cost)
    parts: list[Part] = [
        {"kind": "lead", "words": headline(focus.judgement, facts.targets, say)},
        {"kind": "text", "words": [plan, money]},
        _table(head, rows, (1, 2, 3), widths=[2.6, 0.8, 0.9, 1.4, 1.4, 2]),
        {"kind": "list", "words": _what_helps(facts, say)},
    ]
    return _section(say("The answer on one page"), parts, new_page=False)


def _what_helps(facts: Facts, say: Words) -> list[str]:
    """Say for each target which of the plans gives it the best chance, and how good that is."""
    found = []
    for place, target in enumerate(facts.targets.targets):
        best = max(facts.summaries, key=lambda s: _strength(s.judgement.verdicts[place]))
        verdict = best.judgement.verdicts[place]
        facts_of = {
            "indicator": say.indicator(target.indicator),
            "scenario": say.named(best.scenario.name),
            "chance": say.chance(verdict.chance),
            "level": say.level(target.indicator, verdict.p50),
        }
        if verdict.chance >= 0.5:
            text = say("{indicator}: of the plans compared, {scenario} gives the best chance, "
                       "{chance}, median {level}.", **facts_of)  # fmt: skip
        else:
            text = say("{indicator}: no plan compared makes the target likely. {scenario} comes "
                       "nearest: chance {chance}, median {level}, {gap}.",
                       gap=card(verdict, say).lines[1], **facts_of)  # fmt: skip
        found.append(text)
    return found


def _strength(verdict: Verdict) -> tuple[float, float]:
    """Return what ranks plans for a target: the chance, and between equals the median."""
    return verdict.chance, verdict.p50


def _plans(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    head = verdict_head(facts.targets, say)
    rows = [verdict_cells(summary, say) for summary in facts.summaries]
    count = len(head)
    parts = [
        charts.part(verdict_strip(facts.summaries, facts.targets, look)),
        _table(head, rows, range(1, count), widths=[1.6, *[1.7] * (count - 4), 0.9, 1.3, 0.9]),
    ]
    return _section(say("The plans compared"), parts, new_page=False)


def _levers(facts: Facts, say: Words) -> dict[str, Any]:
    base = load_baseline(facts.case)
    rows = [
        [say.named(summary.scenario.name),
         lever_words(facts.case, summary.scenario, base, say) or say("Policy simply goes on."),
         say.number(summary.cost_bn_vnd)]
        for summary in facts.summaries
    ]  # fmt: skip
    head = [say("Scenario"), say("What it sets otherwise"), say("Cost, bn VND")]
    words = say("Budgets are bn VND a year; the cost is the public money that arrives by {day}.",
                day=say.day(facts.targets.last_deadline))  # fmt: skip
    parts = [
        {"kind": "text", "words": [words]},
        _table(head, rows, (2,), widths=[1.4, 7, 0.8], small=True),
    ]
    return _section(say("What each plan does"), parts, new_page=False)


def _targets(facts: Facts, look: Look, charts: _Charts) -> dict[str, Any]:
    goals = {target.indicator: target for target in facts.targets.targets}
    parts = [
        charts.part(fan(facts.focus, facts.baseline, goals.get(name), facts.case, name, look), 0.86)
        for name in shown_indicators(facts.targets)
    ]
    return _section(look.say("Where things are going"), parts)


def _places(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    focus, last = facts.focus, month_of(facts.focus.months, facts.targets.last_deadline)
    asked = [target.indicator for target in facts.targets.targets]
    goal = facts.targets.targets[0]
    parts = [
        charts.part(tile_map(focus, facts.case, goal.indicator, last, goal, look), 0.8),
        _table(
            [say("Area"), *(say.indicator(name) for name in asked), say("Start")],
            _area_cells(facts, asked, last, say),
            range(1, len(asked) + 1),
            small=True,
        ),
    ]
    return _section(say("Place by place"), parts)


def _area_cells(facts: Facts, asked: list[str], last: int, say: Words) -> list[list[str]]:
    focus = facts.focus
    rows = []
    order = sorted(
        range(len(facts.case.areas)), key=lambda i: vietnamese_order(facts.case.areas[i].name_vi)
    )
    for i in order:
        area = facts.case.areas[i]
        cells = [area.name()[say.language]]
        for name in asked:
            low, high = focus.spread[name]
            level = say.level(name, float(focus.areas[name][i, last]))
            cells.append(f"{level} ({say.between(name, float(low[i]), float(high[i]))})")
        counted = [name for name in asked if focus.observed[name][i]]
        words = ", ".join(say.indicator(name) for name in counted)
        cells.append(say("observed: {names}", names=words) if counted else say("estimated"))
        rows.append(cells)
    return rows


def _building(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    focus = facts.focus
    parts = [
        charts.part(waiting(focus, programme, look), 0.86)
        for programme in ("village_sites", "fibre_build")
    ]
    if focus.cost_bn_vnd > 0:
        parts.append(charts.part(money(focus, look, facts.case.head.currency), 0.86))
    return _section(say("What is built, with which money"), parts)


def _past(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    if facts.played is None:
        return _section("", [])
    hindcasts, promises = facts.played()
    parts: list[Part] = [
        {
            "kind": "text",
            "words": [
                say(
                    "Earlier days were stood on with what had been published by then. Errors "
                    "are mean absolute errors in points."
                )
            ],
        },
        _table(hindsight_head(say), hindsight_cells(hindcasts, promises, say), range(2, 10),
               small=True),
    ]  # fmt: skip
    for name in dict.fromkeys(one.indicator for one in hindcasts):
        rows = [one for one in hindcasts if one.indicator == name]
        if len(rows) > len(facts.targets.targets):
            parts.append(charts.part(hindsight(rows, look)))
    return _section(say("How past forecasts did"), parts)


def _assumptions(facts: Facts, say: Words) -> dict[str, Any]:
    rows = [
        [
            row.meaning_vi if say.language == "vi" else row.meaning_en,
            say.figure(row.low),
            say.figure(row.central),
            say.figure(row.high),
            row.unit,
            say(row.confidence),
            row.source,
        ]
        for row in facts.case.assumptions.values()
    ]
    head = [say("Assumption"), say("Low"), say("Central"), say("High"), say("Unit"),
            say("Confidence"), say("Source")]  # fmt: skip
    part = _table(head, rows, (1, 2, 3), widths=[3, 0.8, 0.9, 0.8, 1.2, 1, 4.6], small=True)
    return _section(say("Everything assumed"), [part])


def _sources(facts: Facts, say: Words) -> dict[str, Any]:
    case = facts.case
    names = {area.code: area.name()[say.language] for area in case.areas}
    names[case.head.nation] = say.named(case.head.name.model_dump())
    kept = sorted(case.observations, key=lambda row: (row.indicator, row.area, row.date))
    rows = [
        [
            say.day(row.date),
            say(SERIES_NAMES.get(row.indicator, row.indicator)),
            names.get(row.area, row.area),
            say.figure(row.value) + " " + row.unit,
            say.day(row.published),
            say(row.confidence),
            row.source,
        ]
        for row in kept
    ]
    head = [say("Day"), say("Indicator"), say("Area"), say("Figure"), say("Published"),
            say("Confidence"), say("Source")]  # fmt: skip
    part = _table(head, rows, (3,), widths=[1.2, 1.8, 1.3, 1.4, 1.2, 1, 4], small=True)
    return _section(say("Every figure used"), [part])


def _limits(say: Words) -> dict[str, Any]:
    words = [
        say("Chances come from draws of this model: they hold as far as its assumptions do."),
        say("Areas marked as estimated were never counted; their spread is wide."),
        say("Effects of levers rest on few studies, most of them of other countries."),
        say("The luck of different indicators is independent, so chances of all together lean "
            "low."),
        say("A plan can be rerun from its stamp: same case, scenario, seed and version give the "
            "same numbers."),
    ]  # fmt: skip
    return _section(say("Limits"), [{"kind": "list", "words": words}])


def _glossary(facts: Facts, say: Words) -> dict[str, Any]:
    """Say what the words mean that a reader may not know."""
    rows = [
        [say("chance"), say("share of the draws in which the target is met on its day")],
        [say("draw"), say("one run of the model with one value of every assumption and one luck; "
                          "the same in every scenario, so that scenarios are compared pair by "
                          "pair")],
        [say("median"), say("half of the draws lie below it, half above")],
        [say("90 % range"), say("from the level that 5 % of the draws stay below to the one that "
                                "5 % exceed")],
        [say("Gap"), say("the target less the median, in points")],
        [say("Binds"), say("the target that is missed most often")],
        [say("Baseline"), say("policy simply goes on as it is")],
        [say("estimated"), say("the area's start was not counted but estimated from its urban "
                               "share, its internet score and the areas that were")],
        [say("Brier score of the chances"), say("mean squared distance of the chances from what "
                                                "happened (0 or 1); 0.25 is a coin's")],
        *([say.indicator(name), say.unit(name)] for name in facts.focus.fans),
    ]  # fmt: skip
    table = _table([say("Word"), say("Meaning")], rows, (), widths=[1.8, 6])
    return _section(say("Words"), [table], new_page=False)


def _checking(say: Words) -> dict[str, Any]:
    words = [
        say("This file carries its recipe: the case's hash, every lever, the seed, the versions "
            "and a hash of its numbers."),
        say("Check it with: {command}. It is made again and compared byte for byte.",
            command="ketnoi verify report.pdf"),
    ]  # fmt: skip
    return _section(say("How to check this report"), [{"kind": "text", "words": words}],
                    new_page=False)  # fmt: skip


def pdf_bytes(report: Report) -> bytes:
    """Return the report as a tagged PDF (PDF/UA-1) with its fonts inside."""
    import typst

    made = typst.compile(  # type: ignore[call-overload]
        (files("sim") / "report.typ").read_bytes(),
        font_paths=[font_folder()],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={
            "report": json.dumps(report.content, ensure_ascii=False),
            "stamp": report.stamped("report.pdf"),
            **{f"chart{number}": drawn for number, drawn in enumerate(report.charts)},
        },
    )
    assert isinstance(made, bytes)
    return made


_STYLE = """
:root{color-scheme:light dark;--ink:#17212b;--soft:#586570;--paper:#fff;--line:#d5dbe0;
--accent:#0a6aa8}
@media(prefers-color-scheme:dark){:root{--ink:#e9eef3;--soft:#a3b1bd;--paper:#0f171f;
--line:#283542;--accent:#5ab4f0}}
body{font:15px/1.5 "Source Sans Pro","Source Sans",sans-serif;color:var(--ink);
background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:2rem;margin:0}h2{color:var(--accent);margin-top:2.5rem}
.lead{font-size:1.25rem;font-weight:600;margin:.4rem 0}
.soft,footer{color:var(--soft);font-size:.85rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;
vertical-align:top;white-space:pre-line}
th{border-color:var(--accent)}.n{text-align:right}
figure{margin:1.2rem 0;background:#fff;border-radius:8px}figure svg{max-width:100%;height:auto}
"""


def html_bytes(report: Report) -> bytes:
    """Return the report as one HTML file that asks nothing of any other host."""
    content = report.content
    body = "".join(
        f"<section><h2>{escape(section['title'])}</h2>"
        + "".join(_html(part, report.charts) for part in section["parts"])
        + "</section>"
        for section in content["sections"]
    )
    title = escape(content["title"])
    return (
        f'<!doctype html><html lang="{content["language"]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{in_html(report.stamped('report.html'))}"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p class="soft">{escape(content["subtitle"])}</p>{body}</main>'
        f"<footer>{escape(content['stamp'])}</footer></body></html>\n"
    ).encode()


def _html(part: Part, charts: Sequence[str]) -> str:
    if part["kind"] == "chart":
        drawn = charts[part["number"]]
        label = escape(part["alt"], quote=True)
        return f'<figure role="img" aria-label="{label}">{drawn}</figure>'
    if part["kind"] == "table":
        return _html_table(part)
    if part["kind"] == "lead":
        return f'<p class="lead">{escape(part["words"])}</p>'
    if part["kind"] == "list":
        return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in part["words"]) + "</ul>"
    return "".join(f"<p>{escape(words)}</p>" for words in part["words"])


def _html_table(part: Part) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if place in part['numbers'] else ''}>{escape(cell)}</{tag}>"
            for place, cell in enumerate(row)
        )

    head = cells(part["head"], "th")
    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in part["rows"])
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div>"
    )
