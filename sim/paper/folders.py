"""The folders that commands leave: tables with side-cars, a workbook, charts, the stamp."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.files.carriers import SIDE_CAR, in_csv, side_car
from sim.files.pictures import PICTURES
from sim.files.tables import Table, csv_bytes
from sim.paper.result_book import result_book
from sim.place.stamp import caption, encoded, narrowed, of_file, outcomes_hash
from sim.rank import telling as starting
from sim.rank.start import Start
from sim.seek import telling
from sim.show import bars, evidence, fans, tiles
from sim.show.figures import Figure, Folder, Shown, kinds, written
from sim.show.next import gantt, ranks
from sim.show.tables import hindsight_rows, promise_rows, tables
from sim.show.track import charts
from sim.show.track.words import track_sentences
from sim.tasks import telling as lateness
from sim.tasks.chances import TaskChances
from sim.track.times import Track
from sim.words import Words
from sim.worth import telling as counting

Stamp = Mapping[str, Any]
Files = Iterator[tuple[str, bytes]]  # name, content
KINDS = kinds(
    tiles, fans, bars, evidence, gantt, ranks, charts
)  # of figures, in the order of folders


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of a run, by what they are.

    Attributes:
        shown: what was run, and the language of the workbook and the charts.
        made: the run's stamp.
    """

    shown: Shown
    made: Stamp

    @property
    def _tables(self) -> dict[str, Table]:
        return tables(self.shown.case, self.shown.summaries, self.shown.targets)

    def tables(self) -> Files:
        """Yield the tables, each with its side-car."""
        for name, table in self._tables.items():
            yield from with_side_car("run", f"{name}.csv", table, self.made, self.shown.say)

    def workbook(self) -> Files:
        """Yield the workbook."""
        yield "results.xlsx", result_book(self.shown, self._stamped("results.xlsx"))

    def stamp(self) -> Files:
        """Yield the stamp as a file of its own."""
        stamped = self._stamped("stamp.json")
        yield "stamp.json", (json.dumps(stamped, indent=2, ensure_ascii=False) + "\n").encode()

    def _stamped(self, name: str) -> dict[str, Any]:
        language = self.shown.say.language
        return of_file(self.made, file=f"run/{name}", language=language, numbers=self._tables)

    def charts(self, done: Callable[[], object]) -> Files:
        """Yield the charts of all scenarios and those of each; `done` is called after each."""
        line = caption(self.made, self.shown.say("all scenarios"), self.shown.say)
        for figure in written(KINDS, "plans", self.shown):
            yield from _pictures(figure, f"charts/{figure.short}", line, self.made, "run")
        ground = self.shown.baseline()
        for summary in self.shown.summaries:
            id = summary.scenario.id
            ids = [id] if ground is None else list(dict.fromkeys([id, ground.scenario.id]))
            line, made = caption(self.made, id, self.shown.say), narrowed(self.made, ids)
            own = replace(self.shown, summaries=[summary], behind=lambda: ground)
            for figure in written(KINDS, "plan", own):
                yield from _pictures(figure, f"charts/{id}/{figure.short}", line, made, "run")
            done()


def result_files(shown: Shown, *, done: Callable[[], object] = lambda: None) -> Files:
    """Yield name and content of every file of a run: tables, workbook, stamp, charts.

    Args:
        shown: what was run.
        done: called after each scenario's charts.
    """
    run = RunFiles(shown, shown.made)
    for files in (run.tables(), run.workbook(), run.stamp(), run.charts(done)):
        yield from files


def _pictures(figure: Figure, place: str, line: str, made: Stamp, folder: str) -> Files:
    """Yield a figure as pictures of every kind, `line` below them."""
    pictures = figure.pictures(PICTURES, line, made, file=f"{folder}/{place}")
    for form, content in pictures.items():
        yield f"{place}.{form}", content


def with_side_car(folder: str, name: str, table: Table, made: Stamp, say: Words) -> Files:
    """Yield a table as CSV, and the file beside it that describes it and holds its stamp."""
    stamped = of_file(made, file=f"{folder}/{name}", language=say.language, numbers=table)
    yield name, csv_bytes(*table)
    yield name + SIDE_CAR, side_car(name, table[0], stamped)


def hindsight_files(shown: Shown, made: Stamp | None = None) -> Files:
    """Yield name and content of the files of a back-test, of no scenario; `made` is their stamp."""
    made = {**(made or shown.made), "outcomes_hash": outcomes_hash(shown.case)}
    hindcasts, promises = shown.past()
    every = {"forecasts": hindsight_rows(hindcasts), "chances": promise_rows(promises)}
    for name, table in every.items():
        yield from with_side_car("backtest", f"{name}.csv", table, made, shown.say)
    line = f"{shown.case.head.id} {shown.case.hash[:8]} · seed {made['seed']}"
    for figure in written(KINDS, "past", shown):
        yield from _pictures(figure, figure.short, line, made, "backtest")


def ask_files(shown: Shown, made: Stamp | None = None) -> Files:
    """Yield name and content of the files of an answer to a question asked backwards.

    Its words, its numbers, plans that `ketnoi run` and the page open, its charts, the stamp.
    """
    reply, say = shown.reply, shown.say
    assert reply is not None
    words = "\n".join(telling.sentences(reply, say)) + "\n"
    texts = {f"{id}.toml": text for id, text in telling.plans(reply).items()}
    texts = {"answer.txt": words, **texts}
    yield from _answered("ask", "asked", shown, made, telling.table(reply), texts)


def next_files(shown: Shown, made: Stamp | None = None) -> Files:
    """Yield name and content of the files of where to start, tasks, what to count, what changed.

    Their words, their numbers, their charts, the stamp.
    """
    found, say = shown.next, shown.say
    assert found is not None
    if isinstance(found, Start):
        words, table = starting.sentences(found, say), starting.table(found)
    elif isinstance(found, TaskChances):
        words, table = lateness.sentences(found, say), lateness.table(found)
    elif isinstance(found, Track):
        words, table = track_sentences(found, say), charts.numbers(shown)
    else:
        words, table = counting.sentences(found, say), counting.table(found)
    texts = {"answer.txt": "\n".join(words) + "\n"}
    yield from _answered(found.kind, found.kind, shown, made, table, texts)
    if isinstance(found, TaskChances):
        both = lateness.joint_table(found)
        yield from with_side_car(found.kind, "joint.csv", both, made or shown.made, say)


def _answered(
    name: str,
    folder: Folder,
    shown: Shown,
    made: Stamp | None,
    table: Table,
    texts: Mapping[str, str],
) -> Files:
    """Yield the files of an answer: its texts, its numbers, the stamp, its charts."""
    say, made = shown.say, made or shown.made

    def stamped(file: str) -> dict[str, Any]:
        return of_file(made, file=f"{name}/{file}", language=say.language, numbers=table)

    for file, text in texts.items():
        yield file, in_csv(text.encode(), encoded(stamped(file)))
    yield from with_side_car(name, "answer.csv", table, made, say)
    yield "stamp.json", (json.dumps(stamped("stamp.json"), indent=2) + "\n").encode()
    line = caption(made, ", ".join(made["scenario_hashes"]), say)
    for figure in written(KINDS, folder, shown):
        yield from _pictures(figure, figure.short, line, made, name)
