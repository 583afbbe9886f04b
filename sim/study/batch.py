"""Many runs: a study computed, kept and resumed.

From a notebook::

    from sim.study.batch import pool, read_table, run_points, run_study

`run_points` takes a pandas table of points and gives one back; `run_study` runs a study
file's worth of them into a folder that can be killed and resumed.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.faults import Fault, refuse, told
from sim.forecast import Whole
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.study.chunks import Chunk, chunks, plan
from sim.study.engines import Engine, dask, here, pool
from sim.study.kept.folder import (
    KINDS,
    PLAN,
    Folder,
    check_place,
    make_folder,
    merge,
    open_study,
    read_columns,
    read_study,
    read_table,
    write_table,
)
from sim.study.kept.shards import alone
from sim.study.study import Study
from sim.study.study_file import given_study, load_study
from sim.writing import sweep

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [  # also what a notebook imports from here
    "Stopped",
    "Tally",
    "dask",
    "here",
    "load_study",
    "pool",
    "read_columns",
    "read_study",
    "read_table",
    "run_points",
    "run_study",
    "status",
    "write_table",
]


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far a study is.

    Attributes:
        runs: all runs of the study: points times base scenarios.
        kept: runs whose results are kept.
        shared: those of them that were there before.
        failed: kept runs that ended in an error.
        damaged: runs whose kept results were found damaged, and are to be computed again.
        lost: runs whose chunk could not be computed at all, this time.
        why: the first reason for a lost chunk.
    """

    runs: int = 0
    kept: int = 0
    shared: int = 0
    failed: int = 0
    damaged: int = 0
    lost: int = 0
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to compute."""
        return self.kept == self.runs


class Stopped(Exception):  # noqa: N818  (it is what happened: the study stopped)
    """Raised when a study had to stop; what it had computed is kept."""

    def __init__(self, reason: str, tally: Tally) -> None:
        """Keep why, and how far it came."""
        super().__init__(reason)
        self.reason, self.tally = reason, tally


def run_study(
    study: Study,
    out: Path,
    *,
    engine: Engine = here,
    resume: bool = False,
    limit: int | None = None,
    store: Path | None = None,
    watch: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Compute what is missing of a study and keep it in a folder.

    The folder gets `study.json`, `plan.parquet`, `source/`, `shards/` and, once nothing is
    missing, `verdicts.parquet` (and `monthly.parquet`, `draws.parquet`), the same bytes whatever
    the engine, the order, or how often it was stopped.

    Args:
        study: what to compute.
        out: the folder, new or empty unless `resume` is set.
        engine: `here`, `pool(workers)` or `dask(address)`.
        resume: whether the folder may hold results, of this study or another; whatever is
            the same and whole is not computed again.
        limit: stop giving out chunks after so many runs.
        store: a folder of results that several studies share; `shards/` if None.
        watch: called after each chunk.

    Raises:
        InputFaults: the folder may not or cannot be written.
        Stopped: the disk is full, or the user stopped it; nothing kept is lost.
    """
    check_place(out, resume=resume)
    tally = Tally(runs=study.runs)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):
            sweep(out)
            folder = make_folder(study, out, store)
            sweep(folder.shards.folder)
            _work(study, folder, engine, limit, tally, watch)
            if tally.complete:
                whole = open_study(out)
                for kind in whole.kinds.keys() & set(KINDS):
                    merge(whole, kind, out / f"{kind}.parquet")
    except OSError as error:
        if not tally.kept and not (out / PLAN).exists():
            refuse(
                [
                    Fault(
                        str(out), "--out", _reason(error), told("a location that can be written to")
                    )
                ]
            )
        raise Stopped(_reason(error), tally) from error
    except KeyboardInterrupt:
        raise Stopped("interrupted", tally) from None
    return tally


def _reason(error: OSError) -> str:
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")


def _work(
    study: Study,
    folder: Folder,
    engine: Engine,
    limit: int | None,
    tally: Tally,
    watch: Callable[[Tally], None],
) -> None:
    todo = _limited(chunks(study, _missing(folder, tally)), limit)
    with closing(engine(todo)) as results:  # type: ignore[type-var]
        for chunk, result in results:
            if isinstance(result, BaseException):
                tally.lost += chunk.runs
                tally.why = tally.why or f"{type(result).__name__}: {result}"
            else:
                folder.shards.keep(chunk.key, result, len(chunk.points))
                tally.kept += chunk.runs
                tally.failed += _failures(result["verdicts"])
            watch(tally)
    watch(tally)


def _missing(folder: Folder, tally: Tally) -> Whole:
    """Return, of each run, how many runs it stands for if it is to be computed, else 0.

    Equal points are computed once, where they come first.
    """
    kept = folder.kept
    tally.kept = tally.shared = int(kept.sum())
    tally.failed, tally.damaged = int((kept * folder.failed).sum()), folder.damaged
    for index in folder.indices.values():
        folder.shards.forget(index)
    _, first, count = np.unique(folder.keys, return_index=True, return_counts=True)
    wanted = np.zeros(len(kept), dtype=np.int64)
    wanted[first] = count
    return np.where(kept > 0, 0, wanted)


def _limited(todo: Iterator[Chunk], limit: int | None) -> Iterator[Chunk]:
    given = 0
    while limit is None or given < limit:
        chunk = next(todo, None)
        if chunk is None:
            return
        given += chunk.runs
        yield chunk


def _failures(content: bytes) -> int:
    errors = _read(content).column("error")
    return len(errors) - int(errors.null_count)


def _read(content: bytes) -> "pa.Table":
    import pyarrow.parquet as pq

    return pq.ParquetFile(io.BytesIO(content), pre_buffer=False).read(use_threads=False)


def status(out: Path) -> Tally:
    """Return how far the study of a folder is, every checksum checked.

    Raises:
        InputFaults: the folder holds no study.
    """
    folder = open_study(out)
    kept = folder.kept
    return Tally(
        runs=folder.runs,
        kept=int(kept.sum()),
        failed=int((kept * folder.failed).sum()),
        damaged=folder.damaged,
    )


def run_points(
    case: Case,
    scenario: Scenario,
    points: "pd.DataFrame",
    *,
    engine: Engine = here,
    replicates: int = 100,
    seed: int = 2022,
    targets: str | None = None,
) -> "pd.DataFrame":
    """Return the verdicts at the points of a table, in its order and with its index.

    Args:
        case: the place.
        scenario: what a point's levers replace.
        points: a column a lever or assumption, a row a point.
        engine: `here`, `pool(workers)` or `dask(address)`.
        replicates, seed: as in `sim.world.run.run`.
        targets: which of the case's sets; its default one if None.

    Raises:
        InputFaults: with every fault of every point.
        RuntimeError: a chunk could not be computed at all.
    """
    import pyarrow as pa

    rows = [
        {str(name): value for name, value in row.items()}
        for row in points.astype(object).to_dict("records")
    ]
    chosen = case.target_sets[targets or case.default_targets]
    study = given_study(case, scenario, rows, targets=chosen, replicates=replicates, seed=seed)
    found: dict[int, pa.Table] = {}
    for chunk, result in engine(chunks(study)):
        if isinstance(result, BaseException):
            raise RuntimeError(f"points from {chunk.first} on: {result}") from result
        found[chunk.first] = _read(result["verdicts"]).replace_schema_metadata(None)
    verdicts = pa.concat_tables([found[first] for first in sorted(found)]).to_pandas()
    settings = pa.concat_tables(plan(study)).to_pandas().drop(columns=["key", "scenario", "point"])
    whole: pd.DataFrame = settings.join(verdicts).set_index(points.index)
    return whole
