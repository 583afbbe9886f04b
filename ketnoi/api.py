"""The few functions and the one class that a notebook needs; everything is checked at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from sim.ask.answers import Question, compare
from sim.ask.summary import Summary
from sim.faults import Fault, InputFaults, near
from sim.forecast import Forecast
from sim.numbers import REPLICATES, SEED
from sim.place.case import Case, load_case
from sim.place.facts import NO_FACTS, Facts, read_facts
from sim.place.levers import Setting
from sim.place.scenario import Scenario, build_scenario, changed, lever_rows, load_scenario
from sim.place.targets import Target, TargetSet
from sim.seek.ask import ask as answer_wish
from sim.seek.reply import Reply
from sim.seek.wish import build_wish
from sim.shipped import case_folder
from sim.show import fans
from sim.show.figures import Shown
from sim.show.look import Look
from sim.show.studies.findings import find, said
from sim.show.tables import tables
from sim.study.batch import (
    dask,
    here,
    load_study,
    pool,
    read_columns,
    read_study,
    read_table,
    run_points,
    run_study,
)
from sim.study.kept.folder import open_study
from sim.study.kept.together import combine as combine_studies
from sim.study.kept.together import moved
from sim.track.why import State, Why
from sim.track.why import why as why_moved
from sim.words import Words

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Plan = Scenario | Mapping[str, Setting] | str | Path | None
Rows = Literal["verdicts", "nation", "areas", "money"]
StudyRows = Literal["verdicts", "monthly", "draws"]


def load(place: Case | str | Path, facts: Facts | str | Path | None = None) -> Case:
    """Return a case: a folder anywhere, or the name of one that is shipped.

    Args:
        place: a path, or a name such as `vietnam-2026`.
        facts: of one's own, laid over it: a file, or what `read_facts` returns.

    Raises:
        InputFaults: with every fault of every file.
    """
    if isinstance(place, Case) and facts is None:
        return place
    folder = place.folder if isinstance(place, Case) else Path(place)
    if not folder.exists() and len(folder.parts) == 1:
        folder = case_folder(Path("scenarios") / folder)
    own = facts if isinstance(facts, Facts) else read_facts(Path(facts)) if facts else NO_FACTS
    return load_case(case_folder(folder), facts=own)


def levers(case: Case | str | Path) -> "pd.DataFrame":
    """Return what may be set in a case: each lever with its bounds, unit and baseline."""
    import pandas as pd

    return pd.DataFrame(lever_rows(load(case)))


@dataclass(frozen=True, eq=False)
class Result:
    """A run, and what it says of the targets.

    Attributes:
        question: the case, its targets, and the luck.
        scenario: what was run.
    """

    question: Question
    scenario: Scenario

    @property
    def case(self) -> Case:
        """The case that was run."""
        return self.question.case

    @property
    def targets(self) -> tuple[Target, ...]:
        """What it was judged by, in the order of all that follows."""
        return self.question.targets.targets

    def __repr__(self) -> str:
        """Return the chances in one line."""
        pairs = zip(self.targets, self.chances, strict=True)
        chances = ", ".join(f"{target.indicator} {chance:.2f}" for target, chance in pairs)
        about = f"{self.case.head.id} {self.scenario.id}"
        return f"<ketnoi {about}: {chances}; {self.question.replicates} draws>"

    @cached_property
    def summary(self) -> Summary:
        """Verdicts, quantiles by month, areas and money."""
        return compare(self.question, [self.scenario])[0]

    @cached_property
    def forecast(self) -> Forecast:
        """The draws, `[replicate, area, month]` by indicator; they cannot be written into."""
        return self.question.forecast(self.scenario)

    @property
    def chances(self) -> tuple[float, ...]:
        """The chance of each target."""
        return tuple(each.chance for each in self.summary.judgement.verdicts)

    @property
    def chance_all(self) -> float:
        """The chance of all targets together."""
        return self.summary.judgement.chance_all

    def to_pandas(self, rows: Rows = "nation") -> "pd.DataFrame":
        """Return a table: verdicts, or quantiles of the nation, areas or money by month.

        Shares are fractions, mobile broadband is per person, money is in the case's large unit;
        codes of areas stay text.
        """
        import pandas as pd

        found = tables(self.case, [self.summary], self.question.targets)[rows]
        head, cells = found
        return pd.DataFrame(cells, columns=head)

    def to_xarray(self) -> "xr.Dataset":
        """Return the draws, a variable an indicator; needs xarray."""
        import xarray as xr

        run_ = self.forecast
        axes = ("replicate", "area", "month")
        return xr.Dataset(
            {name: (axes, draws) for name, draws in run_.values.items()},
            coords={
                "replicate": range(self.question.replicates),
                "area": list(run_.areas),
                "month": [str(month) for month in run_.months],
            },
            attrs={
                "case": self.case.head.id,
                "scenario": self.scenario.id,
                "seed": self.question.seed,
            },
        )

    def plot(self, indicator: str | None = None, language: str = "en") -> Any:
        """Return the fan of an indicator as an Altair chart, by default the first target's."""
        import altair as alt

        name = indicator or self.targets[0].indicator
        if name not in self.summary.fans:
            wanted = near(name, self.summary.fans)
            raise InputFaults([Fault("ketnoi", "indicator", name, wanted)])
        say = Words(language).at(self.case.head.currency)
        shown = Shown(question=self.question, say=say, summaries=[self.summary])
        figure = fans.fan(shown, indicator=name)
        return alt.Chart.from_dict(figure.draw(Look(say=say)))


def run(
    case: Case | str | Path,
    plan: Plan = None,
    *,
    targets: str | None = None,
    seed: int = SEED,
    replicates: int = REPLICATES,
) -> Result:
    """Run a plan on a case.

    Args:
        case: what `load` takes.
        plan: levers that differ from the baseline, a scenario, or its file; None: the baseline.
        targets: a set of the case's targets; the default one if None.
        seed, replicates: of the luck; equal ones give every plan the same.

    Raises:
        InputFaults: with every lever that is unknown or out of bounds, and every fault of files.
    """
    place = load(case)
    question = Question(
        case=place, targets=_target_set(place, targets), seed=seed, replicates=replicates
    )
    return Result(question, _scenario(place, plan))


def _scenario(case: Case, plan: Plan) -> Scenario:
    if plan is None:
        return case.baseline
    if isinstance(plan, Mapping):
        return changed(case, case.baseline, plan)
    if isinstance(plan, str | Path):
        return load_scenario(case, Path(plan))
    entries = {"name": dict(plan.name), "why": dict(plan.why), "levers": dict(plan.levers)}
    return build_scenario(case, entries, id=plan.id, file=plan.id)


def _target_set(case: Case, name: str | None) -> TargetSet:
    chosen = case.default_targets if name is None else name
    if chosen not in case.target_sets:
        wanted = near(chosen, case.target_sets)
        raise InputFaults([Fault("ketnoi", "targets", chosen, wanted)])
    return case.target_sets[chosen]


def ask(
    case: Case | str | Path,
    target: str,
    chance: float,
    *,
    plan: Plan = None,
    free: Sequence[str] | None = None,
    cap: float | None = None,
    by: date | None = None,
    targets: str | None = None,
    seed: int = SEED,
    replicates: int = REPLICATES,
) -> Reply:
    """Return the least money with which a target has a chance, with its proof.

    Args:
        case, plan, targets, seed, replicates: as in `run`.
        target: an indicator that the targets ask for.
        chance: wanted.
        free: levers that may move; all with a price if None.
        cap: of money, in the case's large unit.
        by: another deadline.

    Raises:
        InputFaults: with everything that cannot be asked.
    """
    place = load(case)
    question = Question(
        case=place, targets=_target_set(place, targets), seed=seed, replicates=replicates
    )
    wish = build_wish(
        question,
        _scenario(place, plan),
        target=target,
        chance=chance,
        free=None if free is None else list(free),
        sought="money",
        cap=cap,
        by=by,
    )
    return answer_wish(wish)


def study(
    file: str | Path,
    out: str | Path | None = None,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    rows: StudyRows = "verdicts",
) -> "pd.DataFrame":
    """Compute what is missing of a study and return a table of it.

    Args:
        file: of the study, or the folder of one that is kept, whose table is then read again.
        out: the folder it is kept in, to be killed and gone on with; in none that stays if None.
        workers: processes; one computes in this one, as a notebook can be stopped there.
        scheduler: address of a Dask scheduler, instead of own processes.
        store: a folder of results that several studies share.
        rows: which table; `monthly` and `draws` where the study asks for them.

    Raises:
        InputFaults: with every fault of the study.
        RuntimeError: some runs could not be computed at all.
    """
    given = Path(file)
    if given.is_dir():
        return read_table(given, kind=rows)
    asked = load_study(given)
    with TemporaryDirectory() as nowhere:
        folder = Path(nowhere) / "study" if out is None else Path(out)
        engine = dask(scheduler) if scheduler else here if workers == 1 else pool(workers)
        shared = None if store is None else Path(store)
        tally = run_study(asked, folder, engine=engine, resume=True, store=shared)
        if tally.lost:
            raise RuntimeError(f"{tally.lost} runs could not be computed: {tally.why}")
        return read_table(folder, kind=rows)


def sensitivity(
    folder: str | Path,
    targets: Sequence[str] = (),
    *,
    answer: Literal["chance", "p50"] = "chance",
    method: Literal["sobol", "morris", "pawn"] | None = None,
    scenario: str | None = None,
    fails_below: float | None = None,
) -> "dict[str, pd.DataFrame]":
    """Return which factor of a kept study moves each answer, and when it fails.

    Args:
        folder: of the study.
        targets: indicators, `all`, or columns of numbers such as outcomes of one's own; by
            default every target, all together and one's own outcomes.
        answer: of a target, its chance or its median.
        method: the best that fits the design if None.
        scenario: which base scenario; the first if None.
        fails_below: an answer below it counts as failing; of chances 0.5 if None.

    Returns:
        Tables by name: `indices`, with their intervals and what is noise; `settling`, the same
        as points grow; `boxes`, where it fails, by PRIM; `trade-off`, coverage against density
        of the boxes on the way there.

    Raises:
        InputFaults: with everything asked for that the study does not have.
    """
    import pandas as pd

    place = Path(folder)
    made = read_study(place)
    found = find(
        made,
        read_columns(place),
        targets=targets,
        answer=answer,
        method=method,
        scenario=scenario,
        fails_below=fails_below,
    )
    return {name: pd.DataFrame(rows, columns=head) for name, (head, rows) in said(found, made)}


def combine(folders: Sequence[str | Path], out: str | Path) -> "pd.DataFrame":
    """Put kept studies of one case and luck together in a folder, and return the table of all.

    Raises:
        InputFaults: with everything in which they are not alike.
    """
    combine_studies([Path(folder) for folder in folders], Path(out))
    return read_table(Path(out))


def diff(before: str | Path, now: str | Path) -> "pd.DataFrame":
    """Return what moved between two kept studies, over the runs that both have.

    Raises:
        InputFaults: a folder that holds no study.
    """
    import pandas as pd

    steps, _ = moved(open_study(Path(before)), open_study(Path(now)))
    return pd.DataFrame([asdict(step) for step in steps])


def points(
    case: Case | str | Path,
    table: "pd.DataFrame",
    plan: Plan = None,
    *,
    targets: str | None = None,
    seed: int = SEED,
    replicates: int = 100,
    workers: int = 1,
) -> "pd.DataFrame":
    """Return the verdicts at the points of a table, in its order and with its index.

    Args:
        case, plan, targets, seed, replicates: as in `run`.
        table: a column a lever or an assumption, which is held at the value; a row a point.
        workers: processes.

    Raises:
        InputFaults: with every fault of every point.
    """
    place = load(case)
    return run_points(
        place,
        _scenario(place, plan),
        table,
        engine=here if workers == 1 else pool(workers),
        replicates=replicates,
        seed=seed,
        targets=_target_set(place, targets).id,
    )


def why(before: Result, now: Result) -> Why:
    """Return why the chances of one result are not those of another, part by part.

    Raises:
        InputFaults: they ask unlike numbers of targets.
    """
    states = [
        State(case=each.case, targets=each.question.targets, plan=each.scenario)
        for each in (before, now)
    ]
    question = now.question
    return why_moved(*states, seed=question.seed, replicates=question.replicates)
