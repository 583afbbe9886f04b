"""What went into an answer, so that it can be remade: no clock, no machine.

A stamp is a recipe. With the case folder it is all that is needed to make a file again byte
for byte: the scenarios with every lever, the seed, the versions, and which file it is.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any

from sim.place.case import Case
from sim.place.scenario import Scenario, build_scenario
from sim.place.targets import TargetSet
from sim.shipped import ROOT
from sim.words import Words

ENGLISH = Words("en")
NUMBERS = ("numpy", "scipy", "statsmodels")
DRAWN = (*NUMBERS, "babel", "vl-convert-python")
TYPESET = (*DRAWN, "typst", "font-source-sans-pro")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "csv": NUMBERS,
    "json": NUMBERS,
    "txt": (*NUMBERS, "babel"),
    "toml": (*NUMBERS, "babel"),
    "xlsx": (*NUMBERS, "babel", "xlsxwriter", "zlib"),
    "svg": DRAWN,
    "html": DRAWN,
    "png": TYPESET,
    "pdf": TYPESET,
    "docx": (*TYPESET, "python-docx", "lxml", "zlib"),
    "pptx": (*TYPESET, "python-pptx", "lxml", "zlib"),
}
MADE_WITH = ("*.py", "*.json", "*.csv", "*.typ", "*.po", "*.md")


def stamp(
    case: Case, scenarios: Sequence[Scenario], targets: TargetSet, *, seed: int, replicates: int
) -> dict[str, Any]:
    """Return the stamp of a run: equal stamps mean equal numbers."""
    return {
        "ketnoi": version("ketnoi"),
        "case": case.head.id,
        "case_hash": case.hash,
        "vintage": case.head.vintage.isoformat(),
        "targets": targets.id,
        "scenario_hashes": {scenario.id: scenario.hash for scenario in scenarios},
        "seed": seed,
        "replicates": replicates,
        "assumptions": {name: row.told for name, row in case.assumptions.items()},
        "areas_hash": digest([area.model_dump() for area in case.areas]),
        "targets_hash": digest(asdict(targets)),
        "baseline_hash": case.baseline.hash,
        "scenarios": [written(scenario) for scenario in scenarios],
        "code": code(),
        "needs": versions(),
        **({"facts": case.facts.as_json()} if case.facts else {}),
    }


def written(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values, every lever with its value."""
    return {
        "id": scenario.id,
        "name": dict(scenario.name),
        "why": dict(scenario.why),
        "levers": dict(scenario.levers),
    }


def scenarios_of(made: Mapping[str, Any], case: Case) -> list[Scenario]:
    """Return the scenarios that a stamp holds, in order.

    Raises:
        InputFaults: a lever is unknown or out of bounds for the case.
    """
    return [
        build_scenario(
            case,
            {"name": row["name"], "why": row["why"], "levers": row["levers"]},
            id=row["id"],
            file="stamp",
        )
        for row in made["scenarios"]
    ]


def narrowed(made: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Any]:
    """Return a run's stamp with no more than some of its scenarios, for a file about those."""
    return {
        **made,
        "scenario_hashes": {id: made["scenario_hashes"][id] for id in ids},
        "scenarios": [row for id in ids for row in made["scenarios"] if row["id"] == id],
    }


def of_file(
    made: Mapping[str, Any], *, file: str, language: str, numbers: object, **more: Any
) -> dict[str, Any]:
    """Return the stamp of one file.

    Args:
        made: the stamp of the run it shows.
        file: what it is, such as `run/verdicts.csv`; its ending says which packages matter.
        language: of its words.
        numbers: the tables it shows; their hash is kept.
        more: what else is needed to make it again.
    """
    form = file.rpartition(".")[2]
    own = {name: made["needs"][name] for name in NEEDS[form]}
    entries = {
        **made,
        "needs": own,
        **more,
        "file": file,
        "language": language,
        "numbers": digest(numbers),
    }
    return {**entries, "checksum": digest(entries)}


def of_study(
    made: Mapping[str, Any], *, file: str, language: str, numbers: object
) -> dict[str, Any]:
    """Return the stamp of a file made from a study's folder, whose `study.json` is `made`."""
    own = {"ketnoi": made["ketnoi"], **made, "code": code(), "needs": versions()}
    return of_file(own, file=file, language=language, numbers=numbers)


def is_whole(stamped: Mapping[str, Any]) -> bool:
    """Return whether a file's stamp is as it was written: its checksum fits."""
    entries = {key: value for key, value in stamped.items() if key != "checksum"}
    return stamped.get("checksum") == digest(entries)


def encoded(stamped: Mapping[str, Any]) -> str:
    """Return a stamp as one line of JSON in ASCII, which every kind of file can hold."""
    return json.dumps(stamped, separators=(",", ":"))


def digest(content: object) -> str:
    """Return the SHA-256 of content as canonical JSON.

    >>> digest([1.0, "ố"]) == digest((1.0, "ố")) != digest([1.0, "o"])
    True
    """
    text = json.dumps(content, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def outcomes_hash(case: Case) -> str:
    """Return the hash of what was published after the case's vintage, which scores it."""
    return digest([row.model_dump(mode="json") for row in case.outcomes])


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of the packages that numbers or bytes depend on."""
    names = sorted({name for each in NEEDS.values() for name in each} - {"zlib"})
    return {**{name: version(name) for name in names}, "zlib": zlib.ZLIB_RUNTIME_VERSION}


@cache
def code() -> str:
    """Return the hash of ketnoi's own code and words.

    A version number does not change with every edit of a checkout; this does.
    """
    seen = hashlib.sha256()
    for path in sorted(
        p for name in ("models", "sim") for g in MADE_WITH for p in (ROOT / name).rglob(g)
    ):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        seen.update(f"{path.relative_to(ROOT).as_posix()} {len(text)}\n".encode() + text)
    return seen.hexdigest()[:16]


def caption(made: Mapping[str, Any], scenario: str, say: Words = ENGLISH) -> str:
    """Return the stamp in one line for below a chart."""
    own = " + " + say("facts") if made.get("facts") else ""
    luck = say("seed {seed} · {count} draws", seed=made["seed"], count=made["replicates"])
    return (
        f"{made['case']} {made['case_hash'][:8]}{own} · {scenario} · {made['targets']} · "
        f"{luck} · ketnoi {made['ketnoi']}"
    )
