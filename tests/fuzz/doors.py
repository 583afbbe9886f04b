"""Doors: what comes in from outside, a sound example of each, and what reading it gives."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pydantic
from cases import VIET_NAM, VINH_PHUC
from panels import invented, write_long, write_wide
from spoil import Files
from spoil_books import TABLES  # noqa: F401  (its spoilings are known by being read)

from sim.ask.answers import Question, compare
from sim.ask.notes import idle_plans, notes
from sim.ask.summary import as_json
from sim.begin.book import case_book
from sim.begin.filled import read_book
from sim.cli.terminal import plain as printable
from sim.faults import Fault, InputFaults, Note
from sim.files.carriers import SIDE_CAR
from sim.paper.folders import result_files
from sim.paper.verify import Check, Verifier, named
from sim.place.case import Case, load_case, shipped
from sim.place.facts import NO_FACTS, read_facts
from sim.place.records import Observation
from sim.place.scenario import load_scenario
from sim.screen.parts.desk import Desk, current
from sim.screen.parts.kept import Place, keep_desk, open_desk
from sim.screen.parts.plan_text import from_link, read_plan, read_upload, to_link, write_plan
from sim.show.figures import Shown
from sim.show.studies.findings import find
from sim.study.batch import read_columns, read_study, run_study, status, write_table
from sim.study.points import read_points
from sim.study.study_file import load_study
from sim.tasks.schedule import own_schedule
from sim.track.decisions import append, decision, read_log
from sim.track.since import read_logged
from sim.words import Words
from sim.world.past.panel import read_panel

STUDY = f"""
[study]
case = "{VINH_PHUC}"
scenarios = ["baseline", "fibre-first"]
replicates = 2000
seed = 2022

[design]
kind = "sobol"
samples = 8

[factors.fibre_build]
low = 0
high = 110

[factors.priority]
values = ["cheapest", "poorest"]

[factors.imitation]
"""
TABLED = f"""
[study]
case = "{VINH_PHUC}"
replicates = 3

[design]
kind = "csv"
file = "points.csv"
"""
POINTS = "fibre_build,training,priority,imitation\n10,5.5,cheapest,0.4\n20,5,poorest,0.5\n"
ASKED = 8  # replicates
CHECKED: dict[int, Check] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A kind of input.

    Attributes:
        files: a sound example, name -> bytes.
        read: what a folder of such files says, as a value that can be compared.
        ask: what it answers, slower; None where reading is all there is.
        whole: whether every byte counts, so that nothing but the example is the same.
        vouched: whether a checksum within vouches for what is taken.
        notes: what is odd in a folder of such files; None where nothing is told.
    """

    name: str
    files: Files
    read: Callable[[Path], object]
    ask: Callable[[Path], object] | None = None
    whole: bool = False
    vouched: bool = False
    notes: Callable[[Path], list[Note]] | None = None


def plain(value: Any) -> Any:
    """Return a value as nested tuples, without what only orders or places it."""
    if isinstance(value, Case):
        names = {f.name for f in fields(value)} - {"folder", "hash"}  # which goes by order
        value = {name: getattr(value, name) for name in names}
    if isinstance(value, pydantic.BaseModel):
        return tuple((name, plain(each)) for name, each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return tuple((f.name, plain(getattr(value, f.name))) for f in fields(value))
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), plain(each)) for key, each in value.items()))
    if isinstance(value, np.ndarray):
        return str(value.tolist())
    if isinstance(value, (tuple, list)):
        items = [plain(each) for each in value]
        unordered = bool(value) and isinstance(value[0], Observation)
        return tuple(sorted(items, key=repr) if unordered else items)
    return repr(value)


def files_of(folder: Path) -> Files:
    """Return the files of a folder by name."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@cache
def place() -> Case:
    return load_case(VINH_PHUC)


def read_case(folder: Path) -> object:
    case = load_case(folder)
    plans = [load_scenario(case, path) for path in shipped(case)]
    tasks = own_schedule(case)
    by_id = sorted(tasks.tasks, key=lambda task: task.id) if tasks else []  # order is for reading
    return plain(case), plain(plans), plain(by_id)


def odd(folder: Path) -> list[Note]:
    case = load_case(folder)
    return [*notes(case), *idle_plans(case)]


def ask_case(folder: Path) -> object:
    case = load_case(folder)
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, replicates=ASKED)
    plans = [case.baseline, load_scenario(case, shipped(case)[-1])]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = [as_json(summary, case.head.currency) for summary in compare(question, plans)]
    return json.dumps(said, allow_nan=False)


def read_plan_file(folder: Path) -> object:
    (path,) = only(folder)
    plan = load_scenario(place(), path)
    return plain(plan.levers), plain(plan.name), plain(plan.why)


def only(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.is_file()]
    if len(found) != 1:
        raise InputFaults([Fault(str(folder), "", f"{len(found)} files", "one")])
    return found


def read_uploaded(folder: Path) -> object:
    """Return an uploaded plan; written and read again it must be the same."""
    (path,) = only(folder)
    plan, _ = read_upload(place(), path.read_bytes(), file=path.name)
    again = read_plan(place(), write_plan(place(), plan), id=plan.id, file="again")
    if again != plan:
        raise AssertionError(f"written and read again: {again}, not {plan}")
    return plain(plan.levers), plain(plan.name), plain(plan.why)


def read_link(folder: Path) -> object:
    (path,) = only(folder)
    texts = from_link(path.read_bytes().decode("latin-1")).values()
    return [plain(read_plan(place(), text, id="link", file="link")) for text in texts]


def read_a_study(folder: Path) -> object:
    study = load_study(folder / "study.toml")
    points = [sorted(point.items()) for point in study.points(0, study.size)]
    described = {
        **study.described(),
        "points_hash": "",
        "factors": sorted(map(repr, study.factors)),
    }
    return plain(described), plain(sorted(map(repr, points)))


def read_given(folder: Path) -> object:
    return plain(
        sorted(repr(sorted(point.items())) for point in read_points(folder / "points.csv", place()))
    )


def read_a_panel(folder: Path) -> object:
    return plain(read_panel(*sorted(folder.iterdir())).tables)


OWNER, TOKEN = "o" * 24, "t" * 32


def read_desk(folder: Path) -> object:
    try:
        found = open_desk(folder, TOKEN, OWNER)
    except PermissionError:  # its mark of an owner is spoilt: the page says that it is another's
        raise InputFaults([Fault("desk", "", "another's", "a desk of one's own")]) from None
    if found is None:
        raise InputFaults([Fault("desk", "", "none", "a desk")])
    desk, _ = found
    unfit = desk.unfit(place())
    if unfit:
        raise InputFaults(fault for faults in unfit.values() for fault in faults)
    plans = desk.scenarios(place())
    return (
        plain(desk.moved),
        plain(plans),
        [plain(current(place(), each, desk)) for each in plans.values()],
    )


def read_finished(folder: Path) -> object:
    """Return what a study's folder says, its table written as CSV beside it and taken away."""
    made, tally, columns = read_study(folder), status(folder), read_columns(folder)
    to = folder.with_name(folder.name + "-table.csv")
    try:
        write_table(folder, "csv", to)
        found = find(
            made, columns, targets=(), answer="chance", method=None, scenario=None, fails_below=0.5
        )
    finally:
        for left in folder.parent.glob(to.name + "*"):
            left.unlink()
    return plain(made), plain(tally), str(columns), str(found)


def checked(verifier: Verifier, path: Path) -> Check:
    """Return what is found of a file, computed once for what it and its side-car hold."""
    side = path.with_name(path.name + SIDE_CAR)
    key = hash((path, path.read_bytes(), side.read_bytes() if side.is_file() else None))
    if key not in CHECKED:
        CHECKED[key] = verifier.check(path)
    return CHECKED[key]


def check_stamped(verifier: Verifier, folder: Path) -> object:
    """Return that all files are the same; a file that is not is refused with its reasons."""
    checks = [checked(verifier, path) for path in named([folder])]
    not_same = [check for check in checks if check.status != "same"]
    if not_same:
        told = [(each, printable("; ".join(each.why) or "?")) for each in not_same]
        raise InputFaults(Fault(each.file, "", each.status, why) for each, why in told)
    return "same"


def case_door(folder: Path) -> Door:
    return Door(
        name=f"case {folder.name}", files=files_of(folder), read=read_case, ask=ask_case, notes=odd
    )


def unpacked(folder: Path, to: Path) -> list[Note]:
    """Lay the files of a workbook into a folder; return what was said of it."""
    (path,) = only(folder)
    files, said = read_book(path.read_bytes(), file=path.name)
    for name, content in files.items():
        (to / name).write_bytes(content)
    return said


def read_filled(folder: Path) -> object:
    with TemporaryDirectory() as to:
        unpacked(folder, Path(to))
        return read_case(Path(to))


def odd_in_book(folder: Path) -> list[Note]:
    (path,) = only(folder)
    with TemporaryDirectory() as to:
        said = [*unpacked(folder, Path(to)), *odd(Path(to))]
        return [replace(note, file=path.name) for note in said]


def book_door() -> Door:
    book = case_book(place(), Words("en"))
    return Door(
        name="workbook", files={"b.xlsx": book}, read=read_filled, vouched=True, notes=odd_in_book
    )


def desk_files(work: Path) -> Files:
    case = place()
    plan = load_scenario(case, VINH_PHUC / "fibre-first.toml")
    text = (VINH_PHUC / "fibre-first.toml").read_text(encoding="utf-8")
    desk, id = Desk().add(case, plan, text, set())
    desk = desk.move(case, id, {"training": 2.0, "priority": "poorest"})
    _, kept = keep_desk(work, Place(), Desk(), desk, OWNER)
    return {f"{TOKEN}.json": (work / f"{kept.token}.json").read_bytes()}


def stamped_files(work: Path) -> Files:
    case = place()
    plans = [case.baseline, load_scenario(case, VINH_PHUC / "fibre-first.toml")]
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, seed=3, replicates=5)
    shown = Shown(question=question, say=Words("en"), summaries=compare(question, plans))
    wanted = ("verdicts.csv", "verdicts.csv-metadata.json", "stamp.json", "results.xlsx",
              "charts/verdicts.svg", "charts/verdicts.png")  # fmt: skip
    found = dict(result_files(shown))
    return {name.replace("charts/", ""): found[name] for name in wanted}


def finished_files(work: Path) -> Files:
    text = STUDY.replace("replicates = 2000", "replicates = 2").replace(
        '"sobol"', '"latin_hypercube"'
    )
    (work / "study.toml").write_text(text, encoding="utf-8")
    run_study(load_study(work / "study.toml"), work / "out")
    found = files_of(work / "out")
    unread = ("verdicts.parquet", "source")  # by all but verify
    return {name: found[name] for name in found if not name.startswith(unread)}


FACTS = """vintage = 2022-03-31

[assumptions.fibre_willing]
low = 0.75
central = 0.85
high = 0.95
source = "Own count"

[[targets]]
indicator = "fibre_households"
at_least = 72.5
unit = "%"
deadline = 2022-12-31

[[observations]]
date = 2022-02-28
indicator = "fibre_households"
area = "26"
value = 66.25
unit = "%"
published = 2022-03-15
source = "Own count"
confidence = "high"
"""
FIGURES = """date,indicator,area,value,unit,published,source,confidence,note
2021-10-31,fibre_households,26,64.25,%,2021-11-15,Own count,high,
2021-12-31,smartphone_adults,26,81.5,%,2022-01-12,Own count,medium,all adults
2021-12-31,uncovered_villages,26,12,villages,2022-01-14,Own list,medium,
"""


def read_own(folder: Path) -> object:
    """Return a case over which own facts lie, and what a month followed by them stands on."""
    (path,) = only(folder)
    case = load_case(VINH_PHUC, facts=read_facts(path))
    return plain(replace(case, facts=NO_FACTS)), plain(case.target_sets[case.default_targets])


def log_files(work: Path) -> Files:
    """Return a log of three decisions, two of them about the place."""
    case, path = place(), work / "log.jsonl"
    targets = case.target_sets[case.default_targets]
    (answer,) = compare(Question(case=case, targets=targets, replicates=ASKED), [case.baseline])
    asked = Question(case=case, targets=targets, replicates=ASKED)
    for who, id in (("Sở", case.head.id), ("PMU", "elsewhere"), ("Sở", case.head.id)):
        entry = decision(asked, answer, who=who, why="Khởi động", day="2022-01-15")
        append(path, entry.model_copy(update={"case": id}))
    return {path.name: path.read_bytes()}


def read_a_log(folder: Path) -> object:
    """Return what a log says; a decision is added to a copy, and leaves all before it as it was."""
    (path,) = only(folder)
    logged = read_logged(path, place())
    with TemporaryDirectory() as to:
        copy = Path(to) / path.name
        copy.write_bytes(path.read_bytes())
        append(copy, logged.entries[0])
        if read_log(copy)[:-1] != read_log(path):
            raise AssertionError("a decision that was added changed those before it")
    return plain(logged)


def doors(work: Path) -> list[Door]:
    """Return every door; examples that have to be made are made in a folder."""
    panel = invented(countries=4)
    plan = (VINH_PHUC / "late-money.toml").read_bytes()
    text = (VINH_PHUC / "fibre-first.toml").read_text(encoding="utf-8")
    long = write_long(panel, work / "long.csv").read_bytes()
    wide = write_wide(panel, "fixed_bb", work / "wide.csv").read_text(encoding="utf-8-sig")
    wide = "".join(line for line in wide.splitlines(keepends=True)[4:] if ',"WLD"' not in line)
    tabled = {"study.toml": TABLED.encode(), "points.csv": POINTS.encode()}
    for name in ("desks", "finished"):
        (work / name).mkdir()
    verifier = Verifier(Words("en"), VINH_PHUC)
    return [
        case_door(VINH_PHUC),
        case_door(VIET_NAM),
        book_door(),
        Door(name="plan", files={"late-money.toml": plan}, read=read_plan_file),
        Door(name="upload", files={"late-money.toml": plan}, read=read_uploaded),
        Door(
            name="link",
            files={"link.txt": to_link({"mine": text}).encode()},
            read=read_link,
            vouched=True,
        ),
        Door(name="study", files={"study.toml": STUDY.encode()}, read=read_a_study),
        Door(name="study of points", files=tabled, read=read_a_study),
        Door(name="points", files={"points.csv": POINTS.encode()}, read=read_given),
        Door(name="panel, long", files={"panel.csv": long}, read=read_a_panel),
        Door(name="panel, wide", files={"panel.csv": wide.encode()}, read=read_a_panel),
        Door(name="desk", files=desk_files(work / "desks"), read=read_desk),
        Door(name="own facts", files={"facts.toml": FACTS.encode()}, read=read_own),
        Door(name="own figures", files={"figures.csv": FIGURES.encode()}, read=read_own),
        Door(name="log", files=log_files(work), read=read_a_log),
        Door(name="finished study", files=finished_files(work / "finished"), read=read_finished),
        Door(
            name="stamped files",
            files=stamped_files(work),
            read=partial(check_stamped, verifier),
            whole=True,
        ),
    ]
