"""What a page shows, each with its table and its files: drawn alike on screen and on paper.

A figure is drawn only when it is shown, and its files are made only when asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sim.ask.answers import Answer, Difference, Question, gains
from sim.ask.hindsight import Hindcast, whole
from sim.ask.summary import Summary
from sim.files.carriers import in_csv
from sim.files.pictures import PICTURES, Chart, Picture, pictures
from sim.files.tables import Cell, Table, csv_bytes
from sim.files.workbook import xlsx_bytes
from sim.forecast import WAITING
from sim.indicators import SERIES
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import budgets as budget_names
from sim.place.levers import label, lever_value
from sim.place.scenario import Scenario
from sim.place.stamp import encoded, of_file
from sim.place.targets import Judgement, Target, TargetSet
from sim.show import luck
from sim.show.bars import allocation, intervals, money, waiting
from sim.show.evidence import (
    assumption_table,
    by_name,
    effect_table,
    observation_table,
    start_table,
)
from sim.show.fans import fan, hindsight, overlay
from sim.show.look import Look, captioned, greyed
from sim.show.tables import (
    goal_name,
    hindsight_rows,
    missed_most,
    money_rows,
    nation_rows,
    short_of,
    stamp_rows,
    verdict_rows,
)
from sim.show.tiles import gain_map, tile_map, verdict_strip
from sim.words import RARE, Words

Form = Literal["svg", "png", "pdf", "csv", "xlsx"]
FORMS: tuple[Form, ...] = get_args(Form)
MIME: Mapping[Form, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Something to show: its file's name, its table and, if it is a chart, its drawing.

    Attributes:
        recipe: which entry of `sim.show.catalogue` builds it again, under `drawn`, and the
            choices made; empty where its choices are not kept.
    """

    name: str
    table: Callable[[], Table]
    draw: Callable[[Look], Chart] | None = None
    recipe: Mapping[str, str] = field(default_factory=dict)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The kinds of file it can be had as."""
        return FORMS if self.draw else ("csv", "xlsx")

    def file(self, form: Form, say: Words, caption: str, made: Mapping[str, Any]) -> bytes:
        """Return the figure as a file with its stamp, in the light theme.

        Args:
            form: kind of file.
            say: language of the chart.
            caption: a chart's last line below its title.
            made: the stamp of what it shows.
        """
        if form in PICTURES:
            return self.pictures((form,), say, caption, made, file=f"figure/{self.name}")[form]
        table = self.table()
        stamped = self._stamped(made, f"figure/{self.name}.{form}", say, table)
        if form == "csv":
            return in_csv(csv_bytes(*table), encoded(stamped))
        return xlsx_bytes({self.name: table, "stamp": stamp_rows(stamped)}, encoded(stamped))

    def pictures(
        self,
        forms: Sequence[Picture],
        say: Words,
        caption: str,
        made: Mapping[str, Any],
        *,
        file: str,
    ) -> dict[Picture, bytes]:
        """Return the figure as pictures of several kinds, drawn once.

        Args:
            forms: kinds of file.
            say, caption, made: as in `file`.
            file: what the files are, without the ending.
        """
        assert self.draw is not None
        table = self.table()
        stamps = {
            form: encoded(self._stamped(made, f"{file}.{form}", say, table)) for form in forms
        }
        return pictures(captioned(self.draw(Look(say=say)), caption), forms, stamps)

    def _stamped(
        self, made: Mapping[str, Any], file: str, say: Words, table: Table
    ) -> dict[str, Any]:
        return of_file(
            made, file=file, language=say.language, numbers=table, figure=dict(self.recipe)
        )


def fans(
    case: Case,
    summary: Summary,
    baseline: Summary | None,
    targets: TargetSet,
    names: Sequence[str],
    why_grey: str = "",
) -> list[Figure]:
    """Return the fans of indicators; grey, with the reason, where evidence gives out."""
    ghost = [] if baseline is None else [baseline]

    def drawn(name: str) -> Figure:
        return Figure(
            name=f"fan-{name}",
            draw=lambda look: _shown(
                fan(summary, baseline, targets.of(name), case, name, look), why_grey, look
            ),
            table=lambda: _only(nation_rows([*ghost, summary]), name),
            recipe={"drawn": "fan", "indicator": name},
        )

    return [drawn(name) for name in names]


def area_map(
    case: Case, summary: Summary, targets: TargetSet, indicator: str, month: int, why_grey: str = ""
) -> Figure:
    """Return the map of an indicator in a month."""
    goal = targets.standing(indicator, summary.months[month])
    return Figure(
        name=f"map-{indicator}-{summary.months[month]:%Y-%m}",
        draw=lambda look: _shown(
            tile_map(summary, case, indicator, month, goal, look), why_grey, look
        ),
        table=lambda: area_table(case, summary, goal, indicator, month, Words("en")),
        recipe=_of_month("map", summary, indicator, month),
    )


def area_levels(
    case: Case, summary: Summary, targets: TargetSet, indicator: str, month: int, say: Words
) -> Figure:
    """Return the table of the areas' levels in a month, in the words of a language."""
    goal = targets.standing(indicator, summary.months[month])
    return Figure(
        name=f"areas-{indicator}",
        table=lambda: area_table(case, summary, goal, indicator, month, say),
        recipe=_of_month("areas", summary, indicator, month),
    )


def _of_month(drawn: str, summary: Summary, indicator: str, month: int) -> dict[str, str]:
    day = f"{summary.months[month]:%Y-%m}"
    return {"drawn": drawn, "indicator": indicator, "month": day}


def area_table(
    case: Case, summary: Summary, target: Target | None, indicator: str, month: int, say: Words
) -> Table:
    """Return the areas' mean levels in a month and at the start, in the order of their names.

    Levels are in hundredths: per cents, or subscriptions per 100 people. Where there is a
    target, a column says how many households, villages or subscriptions are short of it.
    """
    counts = target is not None and SERIES[indicator].noun != ""
    short = short_of(case, summary, target, month) if target is not None and counts else None
    missing = [] if short is None else [say("{unit} short", unit=say(SERIES[indicator].noun))]
    head = [say("Area"), say("Level"), say("First month"), say("Gain"), *missing, say("Start")]
    levels = summary.areas[indicator]
    rows: list[list[Cell]] = []
    for i in by_name(case, say):
        now, first = 100 * float(levels[i, month]), 100 * float(levels[i, 0])
        known = summary.observed[indicator][i]
        name = say.named(case.areas[i].name())
        rows.append(
            [
                name,
                round(now, 2),
                round(first, 2),
                round(now - first, 2),
                *([] if short is None else [round(float(short[i]), 1)]),
                say("observed") if known else say("estimated"),
            ]
        )
    return head, rows


def needed(value: float) -> int:
    """Return how many digits after the comma a number needs, four at most.

    >>> needed(3.0), needed(0.685), needed(1 / 3)
    (0, 3, 4)
    """
    return next((digits for digits in range(4) if round(value, digits) == value), 4)


def works(summary: Summary, programmes: Iterable[str]) -> list[Figure]:
    """Return what is waiting for what in each building programme."""

    def drawn(programme: str) -> Figure:
        return Figure(
            name=f"waiting-{programme}",
            draw=lambda look: waiting(summary, programme, look),
            table=lambda: waiting_table(summary, programme),
            recipe={"drawn": "waiting", "programme": programme},
        )

    return [drawn(programme) for programme in programmes]


def waiting_table(summary: Summary, programme: str) -> Table:
    """Return the mean number of jobs that wait, by month and reason."""
    rows: list[list[Cell]] = [
        [
            summary.scenario.id,
            programme,
            day.isoformat(),
            *(round(float(summary.waiting[programme][reason][i]), 6) for reason in WAITING),
        ]
        for i, day in enumerate(summary.months)
    ]
    return ["scenario", "programme", "month", *WAITING], rows


def spending(summary: Summary, currency: str) -> list[Figure]:
    """Return the public money that arrives by programme and month; none where none does."""
    if summary.cost_bn_vnd <= 0:
        return []
    figure = Figure(
        name="money",
        draw=lambda look: money(summary, look, currency),
        table=lambda: money_rows([summary]),
        recipe={"drawn": "money"},
    )
    return [figure]


def budgets(case: Case, scenario: Scenario) -> dict[str, float]:
    """Return the yearly budgets of a scenario by programme, in the large money unit."""
    return {name: scenario.value(name) for name in budget_names(case.levers)}


def yearly(case: Case, scenario: Scenario) -> float:
    """Return the public money of a scenario a year once every budget has begun, bn VND."""
    return sum(budgets(case, scenario).values())


def money_words(case: Case, scenario: Scenario, say: Words) -> tuple[str, str, str]:
    """Return the yearly money, its difference to baseline, and its parts, the largest first."""
    total, own = yearly(case, scenario), budgets(case, scenario)
    more = round(total - yearly(case, case.baseline), 2)
    sign = "−" if more < 0 else "+"
    ranked = sorted((name for name in own if own[name] > 0), key=lambda name: -own[name])
    parts = [f"{say(label(name))} {say.percent(own[name] / total, 0)}" for name in ranked]
    return (
        say("{sum} bn VND", sum=say.plain(round(total, 2))),
        say("{sum} on baseline", sum=sign + say.plain(abs(more))),
        " · ".join(parts) or say("This scenario spends no public money."),
    )


def shares(case: Case, scenario: Scenario) -> Figure:
    """Return where a scenario's yearly money goes."""
    ground, own = budgets(case, case.baseline), budgets(case, scenario)
    total = yearly(case, scenario)
    rows: list[list[Cell]] = [
        [name, own[name], ground[name], round(own[name] / total, 6) if total else 0.0]
        for name in own
    ]
    return Figure(
        name="allocation",
        draw=lambda look: allocation(own, ground, look, "bn VND a year"),
        table=lambda: (["programme", "bn_vnd_a_year", "baseline", "share"], rows),
        recipe={"drawn": "allocation"},
    )


def strip(summaries: Sequence[Summary], targets: TargetSet) -> Figure:
    """Return the chance of each target, a row for each scenario."""
    return Figure(
        name="verdicts",
        draw=lambda look: verdict_strip(summaries, targets, look),
        table=lambda: verdict_rows(summaries),
        recipe={"drawn": "verdicts"},
    )


def overlays(
    case: Case, summaries: Sequence[Summary], targets: TargetSet, names: Sequence[str]
) -> list[Figure]:
    """Return the fans of several scenarios over one another."""

    def drawn(name: str) -> Figure:
        return Figure(
            name=f"overlay-{name}",
            draw=lambda look: overlay(summaries, targets.of(name), case, name, look),
            table=lambda: _only(nation_rows(summaries), name),
            recipe={"drawn": "overlay", "indicator": name},
        )

    return [drawn(name) for name in names]


def paired(found: Sequence[Difference], reference: Scenario, indicator: str) -> Figure:
    """Return the paired differences of an indicator with their intervals."""
    own = [each for each in found if each.target.indicator == indicator]
    several = len({each.target for each in own}) > 1

    def draw(look: Look) -> Chart:
        rows = [
            (
                look.say.named(each.scenario.name)
                + (f" · {look.say.month(each.target.deadline)}" if several else ""),
                100 * each.p05,
                100 * each.p50,
                100 * each.p95,
                100 * each.chance,
            )
            for each in own
        ]
        return intervals(rows, indicator, look.say.named(reference.name), look)

    return Figure(
        name=f"difference-{indicator}",
        draw=draw,
        table=lambda: difference_rows(own, reference),
        recipe={"drawn": "difference", "indicator": indicator, "against": reference.id},
    )


def difference_list(found: Sequence[Difference], reference: Scenario) -> Figure:
    """Return the table of all paired differences."""
    return Figure(
        name="differences",
        table=lambda: difference_rows(found, reference),
        recipe={"drawn": "differences", "against": reference.id},
    )


def evidence(case: Case, name: str, say: Words) -> Figure:
    """Return a table of what a case rests on: `assumptions`, `effects` or `observations`."""
    tables = {"assumptions": assumption_table, "effects": effect_table}
    found = {**tables, "observations": observation_table}[name]
    return Figure(name=name, table=lambda: found(case, say), recipe={"drawn": name})


def starting(question: Question, indicator: str, say: Words) -> Figure:
    """Return the table of where each area starts."""
    return Figure(
        name="starts",
        table=lambda: start_table(question, indicator, say),
        recipe={"drawn": "starts", "indicator": indicator},
    )


def past(hindcasts: Sequence[Hindcast], indicator: str) -> Figure:
    """Return what was forecast of an indicator and what came."""
    own = [one for one in whole(hindcasts) if one.indicator == indicator]
    return Figure(
        name=f"backtest-{indicator}",
        draw=lambda look: hindsight(own, look),
        table=lambda: hindsight_rows(own),
        recipe={"drawn": "hindsight", "indicator": indicator},
    )


def past_list(hindcasts: Sequence[Hindcast]) -> Figure:
    """Return the table of everything that was forecast and what came."""
    return Figure(
        name="forecasts", table=lambda: hindsight_rows(hindcasts), recipe={"drawn": "forecasts"}
    )


def difference_rows(found: Sequence[Difference], reference: Scenario) -> Table:
    """Return differences as numbers, one row a scenario and target."""
    head = [
        "scenario",
        "against",
        "indicator",
        "deadline",
        "change_p05",
        "change_p50",
        "change_p95",
        "chance_change",
        "chance_change_error",
        "extra_bn_vnd",
        "bn_vnd_per_point",
        "bn_vnd_per_point_low",
        "bn_vnd_per_point_high",
    ]
    rows: list[list[Cell]] = [
        [
            each.scenario.id,
            reference.id,
            each.target.indicator,
            each.target.deadline.isoformat(),
            *(
                ten_digits(number)
                for number in (
                    each.p05,
                    each.p50,
                    each.p95,
                    each.chance,
                    each.chance_error,
                    each.extra_bn_vnd,
                )
            ),
            each.per_point,
            each.per_point_low,
            each.per_point_high,
        ]
        for each in found
    ]
    return head, rows


def difference_table(found: Sequence[Difference], what: str, say: Words) -> Table:
    """Return differences in words, one row a scenario and target.

    Args:
        found: the differences; where they are of one target, no column names it.
        what: the scenarios are called, as a heading.
        say: the language.
    """
    among = list(dict.fromkeys(each.target for each in found))
    many = len(among) > 1
    head = [
        what,
        *([say("Target")] if many else []),
        say("points more"),
        say("90% range"),
        say("chance, points"),
        say("extra money, bn VND"),
        say("bn VND for a point"),
    ]
    rows: list[list[Cell]] = []
    for each in found:
        name = each.target.indicator
        goal = f"{goal_name(each.target, among, say)} ≥ {say.goal(name, each.target.at_least)}"
        rows.append(
            [
                say.named(each.scenario.name),
                *([goal] if many else []),
                say.points(name, 100 * each.p50),
                f"{say.points(name, 100 * each.p05)} … {say.points(name, 100 * each.p95)}",
                luck.gained(each, say),
                say.number(each.extra_bn_vnd),
                _price(each, say),
            ]
        )
    return head, rows


def _price(each: Difference, say: Words) -> str:
    if each.per_point is None:
        return say("no price: nothing gained") if each.extra_bn_vnd > 0 else say("no extra money")
    low = say.number(each.per_point_low) if each.per_point_low is not None else ""
    if each.per_point_high is None:
        return say("{price} ({low} or more)", price=say.number(each.per_point), low=low)
    return f"{say.number(each.per_point)} ({low}–{say.number(each.per_point_high)})"


def gain_figure(case: Case, each: Answer, reference: Answer, indicator: str, month: int) -> Figure:
    """Return who gains where between two scenarios in a month."""
    gained = [100 * float(gain) for gain in gains(each, reference, indicator, month)]
    mine, theirs = each.summary.scenario, reference.summary.scenario

    def draw(look: Look) -> Chart:
        say = look.say
        line = say(
            "{scenario} against {other} · {month} · points",
            scenario=say.named(mine.name),
            other=say.named(theirs.name),
            month=say.month(each.summary.months[month]),
        )
        return gain_map(gained, case, indicator, [line], look)

    def table() -> Table:
        rows: list[list[Cell]] = [
            [case.areas[i].name_vi, case.areas[i].name_en, round(gained[i], 6)]
            for i in by_name(case, Words("vi"))
        ]
        return ["name_vi", "name_en", "points"], rows

    recipe = _of_month("gains", each.summary, indicator, month)
    return Figure(name=f"gains-{indicator}", draw=draw, table=table, recipe=recipe)


def headline(judged: Judgement, targets: TargetSet, say: Words) -> str:
    """Return the answer to "are we going to make it?" in one sentence."""
    chance = judged.chance_all
    scale = (
        (0.9, say("Very likely")),
        (2 / 3, say("Likely")),
        (1 / 3, say("As likely as not")),
        (0.1, say("Unlikely")),
        (0.0, say("Very unlikely")),
    )
    word = next(word for least, word in scale if chance >= least)
    text = say(
        "{likely}: the chance of meeting all {count} targets by {day} is {chance}.",
        likely=word,
        count=len(targets.targets),
        day=say.day(targets.last_deadline),
        chance=luck.chance(chance, judged.bounds_all, say),
    )
    if judged.binding is None or chance > 1 - RARE:
        return text
    return text + " " + say("Missed most often: {indicator}.", indicator=missed_most(judged, say))


def beyond(case: Case, scenario: Scenario, say: Words) -> list[str]:
    """Return for each lever beyond the evidence what was set, what is supported, by whom."""
    levers = [case.levers[name] for name in scenario.unsupported(case.levers)]
    return [
        say(
            "{lever}: {value} is beyond {supported} {unit}, the most the evidence speaks of "
            "({source}).",
            lever=say(lever.label),
            value=say.plain(scenario.value(lever.name)),
            supported=say.plain(lever.supported or 0),
            unit=say(lever.unit),
            source=lever.evidence(say.language),
        )
        for lever in levers
    ]


def lever_words(case: Case, scenario: Scenario, base: Scenario, say: Words) -> str:
    """Return the levers a scenario sets otherwise than another, with both values."""
    return "; ".join(
        say(
            "{lever} {value} (baseline {base})",
            lever=say(lever.label),
            value=lever_value(lever, scenario.levers[name], say),
            base=lever_value(lever, base.levers[name], say),
        )
        for name, lever in case.levers.items()
        if scenario.levers[name] != base.levers[name]
    )


def moved_words(case: Case, scenario: Scenario, start: Scenario, say: Words) -> str:
    """Return which levers were moved from a scenario as it is saved."""
    moved = [name for name in case.levers if scenario.levers[name] != start.levers[name]]
    return ", ".join(say(label(name)) for name in moved)


def _shown(chart: Chart, why_grey: str, look: Look) -> Chart:
    return greyed(chart, why_grey, look) if why_grey else chart


def _only(table: Table, indicator: str) -> Table:
    head, rows = table
    place = head.index("indicator")
    return head, [row for row in rows if row[place] == indicator]
