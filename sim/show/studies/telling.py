"""What a study says, told: sentences, charts and files, with the names people know factors by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sim.files.carriers import SIDE_CAR, side_car
from sim.files.pictures import PICTURES, Chart, pictures
from sim.files.tables import Table, csv_bytes
from sim.place.assumptions import HOME, needs
from sim.place.levers import known, label, lever_value
from sim.place.stamp import encoded, of_study
from sim.show.bars import index_bars
from sim.show.look import Look, captioned
from sim.show.studies.curves import Way, settled_lines, traded
from sim.show.studies.findings import (
    ALL,
    FAILS_BELOW,
    Asked,
    Finding,
    index_rows,
    inside_values,
    is_number,
    ranked,
    said,
)
from sim.study.prim import DOUBTFUL, LIFT, ROWS, Box, Search
from sim.study.sensitivity import (
    MEASURES,
    Index,
)
from sim.words import Words, needed

BARE = ("ratio", "elasticity")  # units that say nothing behind a number
FOLLOWED = 5  # factors whose index is drawn as points grow


def written(number: float, say: Words) -> str:
    """Return an index with three digits, never a negative nothing."""
    return say.number(round(number, 3) + 0.0, 3)


def called(target: str, say: Words) -> str:
    """Return what a target is called."""
    if target == ALL:
        return say("All together")
    name, _, deadline = target.partition("@")
    if is_number(target):
        return target
    return say.indicator(name) + (f" ({deadline})" if deadline else "")


def factor_name(factor: Mapping[str, Any], say: Words) -> str:
    """Return what a factor is called: a lever's label, an assumption's meaning."""
    name = str(factor["name"])
    if name in known():
        return say(label(name))
    return str(factor.get("meaning", {}).get(say.language, name))


def index_name(index: Index, made: Mapping[str, Any], say: Words) -> str:
    """Return what an index is of: a factor, a group by its name, or the interplay of two."""
    factors = {row["name"]: row for row in made["factors"]}
    names = [
        factor_name(factors[name], say) if name in factors else name
        for name in (index.factor, index.beside)
        if name
    ]
    return " × ".join(names)


def asked_words(asked: Asked, say: Words) -> str:
    """Return in words what was asked of a study."""
    words = say(
        "base scenario {scenario}; method {method}", scenario=asked.scenario, method=asked.method
    )
    below = FAILS_BELOW if asked.fails_below is None else asked.fails_below
    if asked.chances:
        share = say.percent(below, 0 if round(100 * below, 6) % 1 == 0 else 1)
        words += "; " + say("a chance below {share} counts as failing", share=share)
    elif asked.fails_below is not None:
        words += "; " + say("a value below {level} counts as failing", level=say.plain(below))
    if not asked.passed_over:
        return words
    return words + "; " + say("not shown: {names}", names=", ".join(asked.passed_over))


def sentences(finding: Finding, made: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield in words what is noise, what is settled, and when a target fails, a sentence a box."""
    factors = {row["name"]: row for row in made["factors"]}
    say = say.at(made.get("currency", HOME))
    what = called(finding.target, say)
    noise = [index for index in finding.indices if index.is_noise]
    if noise:
        yield say(
            "{what}: no more than noise (at most {level}; 95 of 100 factors without effect stay "
            "below that): {names}.",
            what=what,
            level=written(noise[0].noise or 0.0, say),
            names="; ".join(_inner(index_name(index, made, say)) for index in noise),
        )
    yield from _settled_words(finding, what, made, say)
    if finding.indices and finding.fails is not None:
        yield from _failing(finding, what, factors, say)


def _settled_words(
    finding: Finding, what: str, made: Mapping[str, Any], say: Words
) -> Iterator[str]:
    """Yield that nothing moves it or, where half of the points say enough, what they say."""
    if not finding.indices:
        told = say.chance if finding.asked.answer == "chance" else say.figure
        yield say(
            "{what}: {level} at every point; no factor moves it.",
            what=what,
            level=(say.figure if is_number(finding.target) else told)(finding.lowest),
        )
        return
    counts = sorted({points for points, _ in finding.settling})
    if not counts[1:]:
        return
    now, before = ({_key(i): i for n, i in finding.settling if n == at} for at in counts[:-3:-1])
    moved = {key: abs(now[key].value - before[key].value) for key in now if key in before}
    if moved:
        most = max(moved, key=lambda key: moved[key])
        yield say(
            "{what}: from {half} to {all} points no index moves by more than {move} ({name}).",
            what=what,
            half=say.number(counts[-2]),
            all=say.number(counts[-1]),
            move=written(moved[most], say),
            name=_inner(index_name(now[most], made, say)),
        )


def _key(index: Index) -> tuple[str, str, str]:
    return index.factor, index.beside, index.measure


def _failing(
    finding: Finding, what: str, factors: Mapping[str, Mapping[str, Any]], say: Words
) -> Iterator[str]:
    """Yield how often a target fails, and where."""
    if finding.search is None:
        every = say("{what}: it fails at every point.", what=what)
        yield every if finding.fails else say("{what}: it fails at no point.", what=what)
        return
    share = say.percent(finding.fails or 0.0, 0)
    yield say("{what}: it fails at {share} of the points.", what=what, share=share)
    for box in finding.search.boxes:
        yield _box_words(what, box, factors, say)
    yield _end_of_search(what, finding.search, say)


def _box_words(what: str, box: Box, factors: Mapping[str, Mapping[str, Any]], say: Words) -> str:
    when = "; ".join(
        _condition(factors[name], limits, box.doubts[name], say)
        for name, limits in box.limits.items()
    )
    return say(
        "{what}: where {when}, it fails at {density} of the points; "
        "that is {coverage} of all failures.",
        what=what,
        when=when,
        density=say.percent(box.density, 0),
        coverage=say.percent(box.coverage, 0),
    )


def _end_of_search(what: str, search: Search, say: Words) -> str:
    """Say how doubtful the boxes are or, where there is none, why."""
    if search.boxes:
        return say(
            "qp: how likely chance alone would make so many points fail if that limit has no "
            "effect (quasi-p-value); above {level} the limit may be chance.",
            level=say.number(DOUBTFUL, 2),
        )
    if search.rows < search.needed:
        return say(
            "{what}: no conditions were sought. There are {rows} independent points, but "
            "{needed} are needed, {each} for each factor that has an effect.",
            what=what,
            rows=say.number(search.rows),
            needed=say.number(search.needed),
            each=ROWS,
        )
    if search.refused is None:
        return say("{what}: no limit on any factor shows where it fails.", what=what)
    return say(
        "{what}: no conditions describe well enough where it fails. The best cover {coverage} of "
        "all failures, and {density} of their points fail: too few failures, odds less than "
        "{lift} times those of all points, or limits that may all be chance.",
        what=what,
        coverage=say.percent(search.refused.coverage, 0),
        density=say.percent(search.refused.density, 0),
        lift=say.plain(LIFT),
    )


def _condition(
    factor: Mapping[str, Any],
    limits: tuple[float, float],
    doubts: tuple[float, float],
    say: Words,
) -> str:
    """Say within which limits a factor lies, and how doubtful each of them is."""
    id = str(factor["name"])
    name, inside = _inner(factor_name(factor, say)), inside_values(factor, *limits)
    if inside:
        worst = max(qp for qp in doubts if np.isfinite(qp))
        values = say(" or ").join(_level(id, value, say) for value in inside)
        return f"{name} = {values} ({_doubt_words(worst, say)})"
    ends = [
        f"{sign} {_level(id, end, say)} ({_doubt_words(qp, say)})"
        for sign, end, qp in zip("≥≤", limits, doubts, strict=True)
        if np.isfinite(end)
    ]
    return f"{name} " + ", ".join(ends)


def _doubt_words(qp: float, say: Words) -> str:
    told = "< " + say.number(0.01, 2) if qp < 0.01 else say.number(qp, 2)
    return f"qp {told}" + (", " + say("may be chance") if qp > DOUBTFUL else "")


def _inner(name: str) -> str:
    """Return a name as it is written within a sentence.

    >>> _inner("Fibre building"), _inner("2G switch-off"), _inner("PAPI score")
    ('fibre building', '2G switch-off', 'PAPI score')
    """
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _level(name: str, value: Any, say: Words) -> str:
    """Return a factor's value in words: never, a month, a choice, a per cent, or with its unit."""
    lever = known().get(name)
    unit = lever.unit if lever else needs()[name].unit
    if lever and lever.kind in ("choice", "month", "start"):
        value = value if isinstance(value, str) else int(value)
        kind = known()["switch_off_2g"] if lever.kind == "start" else lever
        return _inner(lever_value(kind, value, say))
    if (lever and lever.kind == "share") or unit == "share":
        return say.percent(value, needed(round(100 * value, 1)))
    if unit == "share a month":
        share = say.percent(value, 2)
        return say("{share} a month", share=share)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    number = say.number(round(value, digits), needed(round(value, digits)))
    return number if unit in BARE else f"{number} {say(unit)}"


def drawings(
    findings: Sequence[Finding], made: Mapping[str, Any], look: Look
) -> Iterator[tuple[str, Chart]]:
    """Yield name and chart of all that some factor moves: indices, their way, what PRIM met."""
    for each in findings:
        if not each.indices:
            continue
        what = _answer_name(each, look.say)
        end = each.target if is_number(each.target) else f"{each.target}-{each.asked.answer}"
        charts = {"sensitivity": _bars(each, what, made, look)}
        if len({points for points, _ in each.settling}) > 1:
            charts["settling"] = settled_lines(_ways(each, made, look.say), what, look)
        if each.search is not None and each.search.steps:
            charts["trade-off"] = traded(each.search, what, look)
        for name, chart in charts.items():
            for line in (asked_words(each.asked, look.say), caption(made, look.say)):
                chart = captioned(chart, line)
            yield f"{name}-{end}", chart


def _answer_name(finding: Finding, say: Words) -> str:
    """Return which answer of what is looked at."""
    name = called(finding.target, say)
    if is_number(finding.target):
        return name
    return f"{name}, " + (
        say("chance of the target") if finding.asked.answer == "chance" else say("median")
    )


def _bars(finding: Finding, what: str, made: Mapping[str, Any], look: Look) -> Chart:
    rows = [
        (
            index_name(index, made, look.say),
            look.say(MEASURES[index.measure]),
            *(index.value, index.low, index.high),
        )
        for index in ranked(finding)
        if not index.beside
    ]
    return index_bars(rows, what, finding.points, look, noise=finding.indices[0].noise)


def _ways(finding: Finding, made: Mapping[str, Any], say: Words) -> list[Way]:
    """Return the way of the main measure of the factors that matter most."""
    best = max(finding.indices, key=lambda index: (not index.beside, index.value))
    first = [index for index in ranked(finding) if index.measure == best.measure][:FOLLOWED]
    return [
        Way(
            name=index_name(index, made, say),
            points=points,
            value=index.value,
            ends=(index.low, index.high),
        )
        for each in first
        for points, index in finding.settling
        if (index.factor, index.measure) == (each.factor, each.measure)
    ]


def caption(made: Mapping[str, Any], say: Words) -> str:
    """Return a study's stamp in one line."""
    luck = say("seed {seed} · {count} draws", seed=made["seed"], count=made["replicates"])
    return (
        f"{made['case']} {made['case_hash'][:8]} · {made['study']} · {made['targets']} · "
        f"{luck} · ketnoi {made['ketnoi']}"
    )


def finding_files(
    findings: Sequence[Finding], made: Mapping[str, Any], say: Words
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files of an analysis: tables, sentences, charts."""
    asked = asdict(findings[0].asked)
    for file, table in said(findings, made):
        name = f"{file}.csv"
        yield name, csv_bytes(*table)
        yield name + SIDE_CAR, side_car(name, table[0], _stamped(made, asked, name, table, say))
    lines = [asked_words(findings[0].asked, say)]
    lines += [line for each in findings for line in sentences(each, made, say)]
    yield "boxes.txt", ("\n".join(lines) + "\n").encode()
    numbers = index_rows(findings)
    for name, chart in drawings(findings, made, Look(say=say)):
        stamps = {
            form: encoded(_stamped(made, asked, f"{name}.{form}", numbers, say))
            for form in PICTURES
        }
        for form, content in pictures(chart, PICTURES, stamps).items():
            yield f"{name}.{form}", content


def _stamped(
    made: Mapping[str, Any], asked: Mapping[str, Any], name: str, numbers: Table, say: Words
) -> dict[str, Any]:
    """Return the stamp of a file of an analysis: that of the study, and what was asked of it."""
    made = {**made, "asked": asked}
    return of_study(made, file=f"sensitivity/{name}", language=say.language, numbers=numbers)
