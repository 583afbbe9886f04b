"""The folders that commands leave: tables with side-cars, a workbook, charts, the stamp."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from sim.show.figures import Figure, past, strip
from sim.show.tables import hindsight_rows, promise_rows, tables
from sim.words import Words

Stamp = Mapping[str, Any]
Files = Iterator[tuple[str, bytes]]  # name, content


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of a run, by what they are.

    Attributes:
        case, summaries, targets: what was run.
        made: the run's stamp.
        say: the language of the workbook and the charts.
    """

    case: Case
    summaries: Sequence[Summary]
    targets: TargetSet
    made: Stamp
    say: Words

    def tables(self) -> Files:
        """Yield the tables, each with its side-car."""
        for name, table in tables(self.case, self.summaries, self.targets).items():
            yield from with_side_car("run", f"{name}.csv", table, self.made, self.say)

    def workbook(self) -> Files:
        """Yield the workbook."""
        stamped = self._stamped("results.xlsx")
        book = result_book(self.case, self.summaries, self.targets, stamped, self.say)
        yield "results.xlsx", book

    def stamp(self) -> Files:
        """Yield the stamp as a file of its own."""
        stamped = self._stamped("stamp.json")
        yield "stamp.json", (json.dumps(stamped, indent=2, ensure_ascii=False) + "\n").encode()

    def _stamped(self, name: str) -> dict[str, Any]:
        numbers = tables(self.case, self.summaries, self.targets)
        return of_file(self.made, file=f"run/{name}", language=self.say.language, numbers=numbers)

    def charts(self, done: Callable[[], object]) -> Files:
        """Yield the chart of all scenarios and those of each; `done` is called after each."""
        every = strip(self.summaries, self.targets)
        line = caption(self.made, self.say("all scenarios"))
        yield from _pictures(every, "charts/verdicts", line, self.made, self.say, "run")
        baseline = next((s for s in self.summaries if s.scenario.id == "baseline"), None)
        for summary in self.summaries:
            id = summary.scenario.id
            ids = [id] if baseline is None else list(dict.fromkeys([id, "baseline"]))
            line, made = caption(self.made, id), narrowed(self.made, ids)
            drawn = scenario_figures(self.case, summary, baseline, self.targets)
            for name, figure in drawn.items():
                yield from _pictures(figure, f"charts/{id}/{name}", line, made, self.say, "run")
            done()


def result_files(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    made: Stamp,
    say: Words,
    *,
    done: Callable[[], object] = lambda: None,
) -> Files:
    """Yield name and content of every file of a run: tables, workbook, stamp, charts.

    Args:
        case, summaries, targets, made, say: as `RunFiles` has them.
        done: called after each scenario's charts.
    """
    run = RunFiles(case, summaries, targets, made, say)
    for files in (run.tables(), run.workbook(), run.stamp(), run.charts(done)):
        yield from files


def _pictures(figure: Figure, place: str, line: str, made: Stamp, say: Words, folder: str) -> Files:
    """Yield a figure as pictures of every kind, `line` below them."""
    pictures = figure.pictures(PICTURES, say, line, made, file=f"{folder}/{place}")
    for form, content in pictures.items():
        yield f"{place}.{form}", content


def with_side_car(folder: str, name: str, table: Table, made: Stamp, say: Words) -> Files:
    """Yield a table as CSV, and the file beside it that describes it and holds its stamp."""
    stamped = of_file(made, file=f"{folder}/{name}", language=say.language, numbers=table)
    yield name, csv_bytes(*table)
    yield name + SIDE_CAR, side_car(name, table[0], stamped)


def hindsight_files(
    case: Case,
    hindcasts: Sequence[Hindcast],
    promises: Sequence[Promise],
    made: Stamp,
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
        yield from _pictures(drawn, drawn.name, line, made, say, "backtest")
