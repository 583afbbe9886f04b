"""What a planner sets: named levers and why, as differences from the case's baseline."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pydantic
from pydantic import ConfigDict, Field, create_model

from sim.faults import Fault, InputFaults, from_pydantic
from sim.place.case import Case, Names
from sim.place.levers import LEVERS, PRIORITIES, Lever, bounds, default, step
from sim.reading import Record, read_toml
from sim.words import Words

Setting = float | int | str
Settings = tuple[tuple[str, Setting], ...]
PRIORITY_LABEL = "Order in which jobs are funded and built"
PRIORITY_NAMES: Mapping[str, str] = {
    "plan_order": "In the order of the plan",
    "cheapest": "Cheapest per household first",
    "poorest": "Poorest served first",
    "most_populous": "Most populous first",
}
POLICY_NAMES: Mapping[str, str] = {
    "allocation": "Allocating money",
    "spending": "Managing its spending",
    "training": "Training",
    "organisation": "Organisation down to the grassroots",
    "data": "Data",
}
LABELS: Mapping[str, str] = {
    **{lever.name: lever.label for lever in LEVERS},
    "priority": PRIORITY_LABEL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A plan: every lever has a value; those not named in its file are the baseline's.

    Attributes:
        id: the file's name without its ending.
        name, why: by language.
        levers: lever -> value, in the order of the table, `priority` last.
    """

    id: str
    name: Mapping[str, str]
    why: Mapping[str, str]
    levers: Mapping[str, Setting]

    def value(self, lever: str) -> float:
        """Return the value of a lever that is a number."""
        return number(self.levers, lever)

    @property
    def hash(self) -> str:
        """A fingerprint of the levers."""
        return hashlib.sha256(json.dumps(dict(self.levers)).encode()).hexdigest()

    def unsupported(self, population: float) -> tuple[str, ...]:
        """Return the levers set beyond what the evidence says anything about."""
        beyond = []
        for lever in LEVERS:
            if lever.supported is None:
                continue
            share = lever.supported / lever.high
            if self.value(lever.name) > share * bounds(lever, population)[1]:
                beyond.append(lever.name)
        return tuple(beyond)


def part(levers: Mapping[str, Setting], names: Collection[str]) -> Settings:
    """Return some levers, in the order of the table: what a step of a run is kept by."""
    return tuple((name, value) for name, value in levers.items() if name in names)


def number(levers: Mapping[str, Setting], name: str) -> float:
    """Return the value of a lever that is a number."""
    return float(levers[name])


@cache
def levers_model(population: float) -> type[pydantic.BaseModel]:
    """Return the model of a `[levers]` table for a place with so many people."""
    fields: dict[str, Any] = {lever.name: _field(lever, population) for lever in LEVERS}
    fields["priority"] = (
        Literal[PRIORITIES],
        Field(default=PRIORITIES[0], title=PRIORITY_LABEL),
    )
    config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, title="Levers")
    return create_model("Levers", __config__=config, **fields)


def _field(lever: Lever, population: float) -> tuple[Any, Any]:
    low, high = bounds(lever, population)
    number = int if lever.whole else float
    return (
        Annotated[number, Field(strict=True)],
        Field(
            default=number(default(lever, population)),
            ge=low,
            le=high,
            title=lever.label,
            description=f"{lever.mechanism} Source: {lever.source}.",
            json_schema_extra={"unit": lever.unit, "policy": lever.policy},
        ),
    )


@cache
def scenario_model(population: float) -> type[pydantic.BaseModel]:
    """Return the model of a scenario file, whose JSON Schema editors can use."""
    return create_model(
        "Scenario",
        __base__=Record,
        name=(Names, ...),
        why=(Names, ...),
        levers=(levers_model(population), Field(default_factory=levers_model(population))),
    )


def build_scenario(case: Case, entries: Mapping[str, Any], *, id: str, file: str) -> Scenario:
    """Return a scenario from the entries of a file, a form or a link.

    Args:
        case: gives the baseline and the bounds of the levers.
        entries: name, why and levers.
        id: what to call it.
        file: where the entries came from, for faults.

    Raises:
        InputFaults: with every fault.
    """
    ground: Mapping[str, Setting] = {} if id == "baseline" else load_baseline(case).levers
    try:
        checked: Any = scenario_model(case.population).model_validate(dict(entries))
    except pydantic.ValidationError as error:
        raise InputFaults(_faults(error, file, case.population)) from None
    every = checked.levers.model_dump()
    given = checked.levers.model_fields_set
    levers = {k: v if k in given or k not in ground else ground[k] for k, v in every.items()}
    return Scenario(
        id=id, name=checked.name.model_dump(), why=checked.why.model_dump(), levers=levers
    )


def _faults(error: pydantic.ValidationError, file: str, population: float) -> list[Fault]:
    names = ["name", "why", "levers", "vi", "en", "priority", *(lever.name for lever in LEVERS)]
    ranges = {}
    for lever in LEVERS:
        low, high = bounds(lever, population)
        kind = "a whole number, " if lever.whole else ""
        ranges[lever.name] = f"{kind}{low:,g} to {high:,g} {lever.unit}"
    faults = from_pydantic(error, file=file, known=names)
    return [
        Fault(fault.file, fault.place, fault.given, ranges.get(_last(fault.place), fault.wanted))
        for fault in faults
    ]


def _last(place: str) -> str:
    return place.rsplit(".", 1)[-1]


def changed(case: Case, scenario: Scenario, levers: Mapping[str, Setting]) -> Scenario:
    """Return a scenario with some levers set otherwise; itself if nothing differs.

    Raises:
        InputFaults: with every lever that is unknown or out of bounds.
    """
    whole = {**scenario.levers, **levers}
    if whole == dict(scenario.levers):
        return scenario
    names = {"vi": f"{scenario.name['vi']} (đã chỉnh)", "en": f"{scenario.name['en']} (adjusted)"}
    entries = {"name": names, "why": dict(scenario.why), "levers": whole}
    return build_scenario(case, entries, id=f"{scenario.id}-adjusted", file=scenario.id)


def load_scenario(case: Case, path: Path) -> Scenario:
    """Read a scenario file of a case; raises `InputFaults` with every fault."""
    return build_scenario(case, read_toml(path), id=path.stem, file=str(path))


def load_baseline(case: Case) -> Scenario:
    """Read the case's `baseline.toml`; raises `InputFaults` with every fault."""
    path = case.folder / "baseline.toml"
    return build_scenario(case, read_toml(path), id="baseline", file=str(path))


def shipped(case: Case) -> list[Path]:
    """Return the case's scenario files, the baseline first, then by name."""
    reserved = {"case.toml", "targets.toml"}
    paths = sorted(p for p in case.folder.glob("*.toml") if p.name not in reserved)
    return sorted(paths, key=lambda path: path.name != "baseline.toml")


class LeverRow(TypedDict):
    """A row of the lever table of a case; `step` is None for the one that is a name.

    Its `aim` is the value a planner who wants more of it might go to.
    """

    name: str
    label: str
    unit: str
    low: Setting
    high: Setting
    step: float | None
    baseline: Setting
    supported: float | None
    aim: Setting
    policy: str
    side: str
    mechanism: str
    source: str


def lever_rows(case: Case) -> list[LeverRow]:
    """Return the lever table of a case, its bounds and baseline in place."""
    ground = load_baseline(case).levers
    rows = [_row(lever, case.population, ground[lever.name]) for lever in LEVERS]
    priority = LeverRow(
        name="priority",
        label=PRIORITY_LABEL,
        unit=", ".join(PRIORITIES),
        low=PRIORITIES[0],
        high=PRIORITIES[-1],
        step=None,
        baseline=ground["priority"],
        supported=None,
        aim=ground["priority"],
        policy="allocation",
        side="supply",
        mechanism="The order in which jobs get money and power.",
        source="Design choice: a named policy.",
    )
    return [*rows, priority]


def _row(lever: Lever, population: float, baseline: Setting) -> LeverRow:
    low, high = bounds(lever, population)
    share = None if lever.supported is None else lever.supported / lever.high
    supported = None if share is None else float(f"{share * high:.3g}")
    furthest = high if supported is None else supported
    return LeverRow(
        name=lever.name,
        label=lever.label,
        unit=lever.unit,
        low=low,
        high=high,
        step=step(lever, population),
        baseline=baseline,
        supported=supported,
        aim=furthest if lever.aim is None else lever.aim,
        policy=lever.policy,
        side=lever.side,
        mechanism=lever.mechanism,
        source=lever.source,
    )


def lever_value(row: LeverRow, value: Setting, say: Words) -> str:
    """Return a lever's value as text, shares as per cents."""
    if isinstance(value, str):
        return say(PRIORITY_NAMES[value])
    if row["unit"].endswith("never"):
        return say("month {month}", month=say.plain(value)) if value else say("never")
    if row["unit"].startswith("share"):
        return say.percent(value, 0)
    return say.plain(value) + (" " + say("days") if row["unit"] == "days" else "")
