"""A study made again from its folder, and the proof that the folder holds what it says.

The case lies in `source/`, the rest in `study.json`. All checksums are tried, the plan is made
again, some runs are computed again, and tables are written again and compared byte by byte. A
function of one's own is never run for it: it may come from anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.faults import InputFaults
from sim.files.carriers import SIDE_CAR
from sim.files.contrast import MOST, Contrast
from sim.place.case import Case, load_case
from sim.place.facts import from_json
from sim.place.scenario import build_scenario
from sim.place.stamp import digest
from sim.study.chunks import Keys, chunks, fingerprint, plan
from sim.study.designs import design_of
from sim.study.engines import here
from sim.study.kept.folder import FORMATS, KINDS, SOURCE, Folder, merge, open_study, write_table
from sim.study.kept.shards import opened
from sim.study.study import Factor, Point, Study
from sim.words import Words

if TYPE_CHECKING:
    import pyarrow as pa

RUNS = 12  # computed again


def case_of(folder: Folder) -> Case:
    """Return the case a study was made of; raises `InputFaults` where it is not as it was."""
    own = from_json(folder.made.get("facts", {}), folder.path / "study.json")
    return load_case(folder.path / SOURCE / "case", facts=own)


def study_of(folder: Folder) -> Study:
    """Return the study of a folder, as it was read from its file, outcomes of one's own left out.

    Raises:
        InputFaults: its case is not there, or has faults.
    """
    made, case = folder.made, case_of(folder)
    scenarios = [
        build_scenario(
            case,
            {"name": row["name"], "why": row["why"], "levers": row["levers"]},
            id=row["id"],
            file=str(folder.path / "study.json"),
        )
        for row in made["scenarios"]
    ]
    design, outputs = design_of(made), made["outputs"]
    return Study(
        id=made["study"],
        case=case,
        scenarios=tuple(scenarios),
        targets=case.target_sets[made["targets"]],
        factors=tuple(_factor(case, row) for row in made["factors"]),
        design=design,
        given=tuple(_points(folder, case)) if design is None else (),
        replicates=made["replicates"],
        seed=made["seed"],
        monthly=outputs["monthly"],
        quantiles=tuple(outputs["quantiles"]),
        draws=outputs["draws"],
        chunk=made["chunk"],
    )


def _factor(case: Case, row: dict[str, Any]) -> Factor:
    own = case.assumptions[row["name"]] if "distribution" in row else None
    taken = ("steps", "whole", *(() if own else ("low", "high")))
    entries: dict[str, Any] = {name: row[name] for name in taken if name in row}
    entries |= {name: tuple(row[name]) for name in ("values", "choices") if name in row}
    return Factor(name=row["name"], own=own, **entries)


def _points(folder: Folder, case: Case) -> Iterator[Point]:
    """Yield the points of a plan once each, as a scenario holds them."""
    seen = -1
    for scenario, point, settings in runs_of(folder, case):
        if scenario == folder.made["scenarios"][0]["id"] and point > seen:
            seen = point
            yield settings


def runs_of(folder: Folder, case: Case) -> Iterator[tuple[str, int, Point]]:
    """Yield base scenario, point and settings of each run, in the order of the plan."""
    for table in folder.plan():
        for row in table.drop_columns(["key"]).to_pylist():
            scenario, point = row.pop("scenario"), row.pop("point")
            yield scenario, point, {name: _exact(case, name, row[name]) for name in row}


def _exact(case: Case, name: str, value: float | str) -> float | str | int:
    whole = name in case.levers and case.levers[name].whole and not isinstance(value, str)
    return int(value) if whole else value


class Trial:
    """The folder of a study, tried: what is found wrong, and where."""

    def __init__(self, path: Path, say: Words) -> None:
        """Begin with nothing found."""
        self.path, self.say = path, say
        self.wrong: list[str] = []  # what differs
        self.open: list[str] = []  # what cannot be checked
        self.notes: list[str] = []
        self.places: list[Contrast] = []

    def run(self) -> None:
        """Try all that the folder holds; whatever it holds, nothing is raised."""
        try:
            folder = open_study(self.path)
        except InputFaults as error:
            self.wrong.append(self.say.faults(error.faults))
            return
        try:
            self._try(folder, study_of(folder))
        except (InputFaults, LookupError, TypeError, ValueError, AttributeError, OSError):
            self.open.append(self.say("What it says about its case cannot be read."))

    def _try(self, folder: Folder, study: Study) -> None:
        self._inputs(folder, study)
        self._kept(folder)
        if not self.wrong:
            self._again(folder, study)
        if folder.kept.all():
            self._tables(folder)

    def _inputs(self, folder: Folder, study: Study) -> None:
        say, made = self.say, folder.made
        if study.case.hash != made["case_hash"]:
            self.wrong.append(say("The case in its folder is not the one it was made from."))
        elif made["code"] != fingerprint():
            self.open.append(
                say("It was made with another version of ketnoi: its plan cannot be made again.")
            )
        elif not self._same_plan(folder, study):
            self.wrong.append(say("Its plan does not match its design."))
        outcomes = made["outputs"]["outcomes"]
        if outcomes:
            own = folder.path / SOURCE / "outcomes.py"
            text = own.read_text(encoding="utf-8") if own.is_file() else ""
            if digest([text, outcomes["function"]]) != outcomes["hash"]:
                self.wrong.append(say("The function for its own outcomes is not the one it names."))
            names = ", ".join(outcomes["columns"])
            self.notes.append(
                say("Not computed again, as they come from its own function: {names}.", names=names)
            )

    def _same_plan(self, folder: Folder, study: Study) -> bool:
        if "parts" not in folder.made and study.design is not None:
            pairs = zip(_rows(plan(study)), _rows(folder.plan()), strict=False)
            return study.runs == folder.runs and all(mine == its for mine, its in pairs)
        keys, bases = Keys(study), {scenario.id: scenario for scenario in study.scenarios}
        made = (
            keys.of(bases[scenario], point) for scenario, _, point in runs_of(folder, study.case)
        )
        return all(key.encode() == kept for key, kept in zip(made, folder.keys, strict=True))

    def _kept(self, folder: Folder) -> None:
        say, missing = self.say, folder.runs - int(folder.kept.sum())
        if folder.damaged:
            self.wrong.append(say("{count} runs are damaged.", count=folder.damaged))
        elif missing:
            self.open.append(say("{count} runs of the study are not computed yet.", count=missing))

    def _again(self, folder: Folder, study: Study) -> None:
        """Compute some runs again, spread over the plan."""
        say, there = self.say, np.flatnonzero(folder.kept)
        spread = np.linspace(0, len(there) - 1, min(RUNS, len(there))).astype(int)
        chosen = there[spread]
        bases = {scenario.id: scenario for scenario in study.scenarios}
        unlike = 0
        for run, (id, point, settings) in enumerate(runs_of(folder, study.case)):
            if run not in chosen:
                continue
            one = replace(study, scenarios=(bases[id],), design=None, given=(settings,), chunk=1)
            ((chunk, result),) = here(chunks(one))
            if isinstance(result, BaseException):
                self.open.append(f"{type(result).__name__}: {result}")
                return
            for table, kind in chunk.kinds.items():
                mine = folder.shards.rows(folder.indices[table], folder.places(table)[[run]])
                made = opened(result[kind]).replace_schema_metadata(None)
                if mine is None or not mine.equals(made):
                    unlike += 1
                    self.places += _unlike(mine, made, f"{id} {point} {table}")
        if unlike:
            self.wrong.append(
                say("{count} of {all} runs computed again differ.", count=unlike, all=len(chosen))
            )
        elif len(chosen):
            self.notes.append(say("{count} runs computed again are the same.", count=len(chosen)))
        del self.places[MOST:]

    def _tables(self, folder: Folder) -> None:
        """Write the tables that lie there again, and compare bytes."""
        for kind in KINDS:
            for form in FORMATS:
                file = folder.path / f"{kind}.{form}"
                if kind in folder.kinds and file.is_file():
                    with TemporaryDirectory() as made:
                        again = Path(made) / file.name
                        if form == "parquet":
                            merge(folder, kind, again)
                        else:
                            write_table(folder.path, form, again, kind=kind)
                        pairs = [(file, again), *_side_cars(file, again)]
                        if any(mine.read_bytes() != its.read_bytes() for mine, its in pairs):
                            words = self.say("{file} differs from what is stored.", file=file.name)
                            self.wrong.append(words)


def _side_cars(file: Path, again: Path) -> list[tuple[Path, Path]]:
    pair = tuple(each.with_name(each.name + SIDE_CAR) for each in (file, again))
    return [pair] if all(each.is_file() for each in pair) else []  # type: ignore[list-item]


def _rows(tables: Iterator["pa.Table"]) -> Iterator[dict[str, Any]]:
    for table in tables:
        yield from table.to_pylist()


def _unlike(mine: "pa.Table | None", made: "pa.Table", where: str) -> list[Contrast]:
    given: Sequence[dict[str, Any]] = mine.to_pylist() if mine is not None else []
    again: Sequence[dict[str, Any]] = made.to_pylist()
    return [
        Contrast(f"{where}, {name}", str(row.get(name)), str(other[name]))
        for row, other in zip(given, again, strict=False)
        for name in other
        if row.get(name) != other[name]
    ]
