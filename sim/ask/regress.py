"""What moved since the last release: its golden answers compared with today's, and renewed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import isclose
from pathlib import Path
from typing import Any

import pydantic

from sim.ask.answers import Question, compare
from sim.ask.summary import as_json
from sim.faults import Fault, InputFaults, from_pydantic, refuse, told
from sim.place.case import Case, shipped
from sim.place.scenario import load_scenario
from sim.reading import read_text
from sim.words import Words
from sim.writing import write_together

Answers = Sequence[Mapping[str, Any]]  # of one case's scenarios, as `ketnoi run --json` has them
Pair = tuple[float | None, float | None]

CASES = (
    "vietnam-2022",
    "vinh-phuc-2022",
    "vietnam-2026",
    "phu-tho-2026",
    "indonesia-2025",
)
SEED, REPLICATES = 1, 80
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # machines round differently by less
MOST = 3  # chances that a Results line names


class _Judged(pydantic.BaseModel):
    indicator: str
    deadline: str
    chance: float
    p50: float


class _Answer(pydantic.BaseModel):
    name: str
    targets: list[_Judged]
    chance_all: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A target of a scenario of which something moved, or the scenario as a whole.

    Attributes:
        target, deadline: the indicator and its day; empty for all targets together.
        chance, median: before and now, None where there is none.
        moved: names of the entries that moved, as `ketnoi run --json` calls them.
    """

    case: str
    scenario: str
    target: str
    deadline: str
    chance: Pair
    median: Pair
    moved: tuple[str, ...]

    @property
    def step(self) -> float:
        """Return how far the chance moved; 0 where it is new or gone."""
        before, now = self.chance
        return 0.0 if before is None or now is None else now - before


def answers(case: Case, done: Callable[[], None] = lambda: None) -> Answers:
    """Return what the case's shipped scenarios say of its default targets."""
    plans = [load_scenario(case, path) for path in shipped(case)]
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, seed=SEED, replicates=REPLICATES)
    found = compare(question, plans, done)
    return [as_json(summary, case.head.currency) for summary in found]


def read_goldens(folder: Path, cases: Sequence[str] = CASES) -> dict[str, Answers]:
    """Return the stored answers by case.

    Raises:
        InputFaults: a file is missing or damaged; every fault of every file.
    """
    found: dict[str, Answers] = {}
    faults: list[Fault] = []
    for case in cases:
        try:
            found[case] = _read(folder / f"{case}.json")
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    return found


def _read(path: Path) -> Answers:
    text = read_text(path)
    try:
        whole: Answers = json.loads(text)
        pydantic.TypeAdapter(list[_Answer]).validate_python(whole)
    except json.JSONDecodeError as error:
        given = told("malformed JSON: {error}", error=error)
        wanted = told("the file of the last release, or [] for a case that has none")
        raise InputFaults([Fault(str(path), "", given, wanted)]) from None
    except pydantic.ValidationError as error:
        raise InputFaults(from_pydantic(error, file=str(path))) from None
    return whole


def moved(old: Mapping[str, Answers], new: Mapping[str, Answers]) -> tuple[Row, ...]:
    """Return what moved beyond tolerance, by case, scenario and target.

    >>> old = {"x": [{"name": "a", "targets": [], "chance_all": 0.5}]}
    >>> new = {"x": [{"name": "a", "targets": [], "chance_all": 0.25}]}
    >>> moved(old, old), moved(old, new)[0].moved, moved(old, new)[0].step
    ((), ('chance_all',), -0.25)
    """
    before, now = _entries(old), _entries(new)
    rows = (_row(key, before.get(key, {}), now.get(key, {})) for key in {**now, **before})
    return tuple(row for row in rows if row.moved)


def _entries(whole: Mapping[str, Answers]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for case, scenarios in whole.items():
        for answer in scenarios:
            for target in answer["targets"]:
                key = (case, answer["name"], target["indicator"], target["deadline"])
                found[key] = target
            rest = {name: value for name, value in answer.items() if name != "targets"}
            found[case, answer["name"], "", ""] = rest
    return found


def _row(key: tuple[str, ...], before: Mapping[str, Any], now: Mapping[str, Any]) -> Row:
    case, scenario, target, deadline = key
    names = [name for name in {**before, **now} if not _alike(before.get(name), now.get(name))]
    chance = "chance" if target else "chance_all"
    return Row(
        case=case,
        scenario=scenario,
        target=target,
        deadline=deadline,
        chance=(before.get(chance), now.get(chance)),
        median=(before.get("p50"), now.get("p50")),
        moved=tuple(names),
    )


def _alike(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return one == other


def as_object(rows: Sequence[Row], mark: str) -> dict[str, Any]:
    """Return what `ketnoi regress --json` prints; `mark` is the fingerprint of today's."""
    plain = [asdict(row) for row in rows]
    return {"seed": SEED, "replicates": REPLICATES, "fingerprint": mark, "moved": plain}


def golden_text(found: Answers) -> str:
    """Return answers as they are stored."""
    return json.dumps(found, indent=1) + "\n"


def fingerprint(texts: Sequence[str]) -> str:
    """Return the mark by which a Results line names goldens, of their texts in order."""
    return sha256("".join(texts).encode()).hexdigest()[:8]


def results_line(rows: Sequence[Row], mark: str) -> str:
    """Return the line for CHANGELOG.md that says which chances moved most."""
    steps = sorted((row for row in rows if row.step), key=lambda row: -abs(row.step))
    if steps:
        many = "1 chance" if len(steps) == 1 else f"{len(steps)} chances"
        told = f"{many} moved, most: " + "; ".join(map(_told, steps[:MOST])) + "."
    else:
        told = "No chance moved; other entries: " + ", ".join(_names(rows)) + "."
    return " ".join([f"Results: golden answers, fingerprint {mark}.", told, *_comings(rows)])


def _told(row: Row) -> str:
    what = Words("en").indicator(row.target).lower() if row.target else "all targets together"
    before, now = (f"{100 * (share or 0.0):.3g} %" for share in row.chance)
    return f"{row.scenario} of {row.case}, {what}, from {before} to {now}"


def _names(rows: Sequence[Row]) -> list[str]:
    return sorted({name for row in rows for name in row.moved})


def _comings(rows: Sequence[Row]) -> list[str]:
    """Return sentences on scenarios and targets that are new or gone."""
    said = []
    for word, place in (("New", 0), ("Gone", 1)):
        names = [
            f"{row.scenario} of {row.case}" + (f" ({row.target})" if row.target else "")
            for row in rows
            if row.chance[place] is None
        ]
        if names:
            said.append(f"{word}: {', '.join(names)}.")
    return said


def renew(folder: Path, new: Mapping[str, Answers]) -> None:
    """Store new goldens, all or nothing.

    Args:
        folder: of the goldens.
        new: today's answers, by case.
    """
    texts = {folder / f"{case}.json": golden_text(found) for case, found in new.items()}
    write_together({path: text.encode() for path, text in texts.items()})
