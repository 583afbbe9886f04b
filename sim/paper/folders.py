"""The folders that commands leave: tables with side-cars, a workbook, charts, the stamp."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.ask.hindsight import Hindcast, Promise, whole
from sim.ask.summary import Summary
from sim.files.carriers import SIDE_CAR, side_car
from sim.files.pictures import PICTURES
from sim.files.tables import Table, csv_bytes
from sim.paper.result_book import result_book
from sim.place.case import Case
from sim.place.stamp import caption, narrowed, of_file, outcomes_hash
from sim.place.targets import TargetSet
from sim.show.catalogue import scenario_figures
from sim.show.figures import past, strip
from sim.show.tables import hindsight_rows, promise_rows, tables
from sim.words import Words

Files = Iterator[tuple[str, bytes]]


def result_files(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    made: Mapping[str, Any],
    say: Words,
    *,
    done: Callable[[], Any] = lambda: None,
) -> Files:
    """Yield name and content of every file of a run: tables, workbook, stamp, charts.

    Args:
        case, summaries, targets: what was run.
        made: the run's stamp.
        say: the language of the charts.
        done: called after each scenario's charts.
    """
    yield from result_tables(case, summaries, targets, made, say)
    yield from result_workbook(case, summaries, targets, made, say)
    yield from stamp_file(case, summaries, targets, made, say)
    line = caption(made, say("all scenarios"))
    every = strip(summaries, targets).pictures(
        PICTURES, say, line, made, file="run/charts/verdicts"
    )
    for form, content in every.items():
        yield f"charts/verdicts.{form}", content
    baseline = next((s for s in summaries if s.scenario.id == "baseline"), None)
    for summary in summaries:
        yield from _scenario_charts(case, summary, baseline, targets, made, say)
        done()


def result_tables(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    made: Mapping[str, Any],
    say: Words,
) -> Files:
    """Yield a run's tables, each with its side-car."""
    for name, table in tables(case, summaries, targets).items():
        yield from with_side_car("run", f"{name}.csv", table, made, say)


def result_workbook(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    made: Mapping[str, Any],
    say: Words,
) -> Files:
    """Yield a run's workbook."""
    stamped = of_file(
        made,
        file="run/results.xlsx",
        language=say.language,
        numbers=tables(case, summaries, targets),
    )
    yield "results.xlsx", result_book(case, summaries, targets, stamped, say)


def stamp_file(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    made: Mapping[str, Any],
    say: Words,
) -> Files:
    """Yield a run's stamp as a file of its own."""
    stamped = of_file(
        made, file="run/stamp.json", language=say.language, numbers=tables(case, summaries, targets)
    )
    yield "stamp.json", (json.dumps(stamped, indent=2, ensure_ascii=False) + "\n").encode()


def _scenario_charts(
    case: Case,
    summary: Summary,
    baseline: Summary | None,
    targets: TargetSet,
    made: Mapping[str, Any],
    say: Words,
) -> Files:
    id = summary.scenario.id
    line = caption(made, id)
    ids = [id] if baseline is None else list(dict.fromkeys([id, "baseline"]))
    own = narrowed(made, ids)
    for name, each in scenario_figures(case, summary, baseline, targets).items():
        place = f"charts/{id}/{name}"
        for form, content in each.pictures(PICTURES, say, line, own, file=f"run/{place}").items():
            yield f"{place}.{form}", content


def with_side_car(
    folder: str, name: str, table: Table, made: Mapping[str, Any], say: Words, **more: Any
) -> Files:
    """Yield a table as CSV, and the file beside it that describes it and holds its stamp."""
    stamped = of_file(made, file=f"{folder}/{name}", language=say.language, numbers=table, **more)
    yield name, csv_bytes(*table)
    yield name + SIDE_CAR, side_car(name, table[0], stamped)


def hindsight_files(
    case: Case,
    hindcasts: Sequence[Hindcast],
    promises: Sequence[Promise],
    made: Mapping[str, Any],
    say: Words,
) -> Files:
    """Yield name and content of the files of a back-test.

    Args:
        case: what was played over again.
        hindcasts, promises: as `look_back` returns them.
        made: the stamp, of no scenario.
        say: the language of the charts.
    """
    made = {**made, "outcomes_hash": outcomes_hash(case)}
    every = {"forecasts": hindsight_rows(hindcasts), "chances": promise_rows(promises)}
    for name, table in every.items():
        yield from with_side_car("backtest", f"{name}.csv", table, made, say)
    line = f"{case.head.id} {case.hash[:8]} · seed {made['seed']}"
    for indicator in dict.fromkeys(one.indicator for one in whole(hindcasts)):
        drawn = past(hindcasts, indicator)
        files = drawn.pictures(PICTURES, say, line, made, file=f"backtest/{drawn.name}")
        for form, content in files.items():
            yield f"{drawn.name}.{form}", content
