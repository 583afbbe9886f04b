"""What a planner sets: named levers and why, as differences from the case's baseline."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

import pydantic
from pydantic import Field, create_model

from sim.faults import Fault, InputFaults, from_pydantic, refuse, shown, span
from sim.place.levers import LeverRow, Levers, Setting, exact, lever_row, levers_model, number
from sim.place.records import Names, Prose
from sim.reading import Record, read_toml
from sim.words import Words

SEEN = 32  # letters of a name that a chart shows at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A plan: every lever has a value; those not named in its file are the baseline's.

    Attributes:
        id: the file's name without its ending.
        name, why: by language.
        levers: lever -> value, in the order of the table.
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

    def unsupported(self, levers: Levers) -> tuple[str, ...]:
        """Return the levers set beyond what the evidence says anything about."""
        return tuple(name for name, lever in levers.items() if lever.beyond(self.levers[name]))


class Ground(Protocol):
    """What a scenario is checked against and differs from; a case is one."""

    @property
    def levers(self) -> Levers:
        """What may be set, and within which bounds."""

    @property
    def baseline(self) -> Scenario:
        """What every lever is if policy simply goes on."""

    @property
    def form(self) -> type[pydantic.BaseModel]:
        """The model of a scenario file of it, made once: it takes longer than reading a file."""


def scenario_model(levers: Levers, standing: Mapping[str, Setting]) -> type[pydantic.BaseModel]:
    """Return the model of a scenario file, whose JSON Schema editors can use."""
    table = levers_model(levers, standing)
    return create_model(
        "Scenario",
        __base__=Record,
        name=(Names, ...),
        why=(Prose, ...),
        levers=(table, Field(default_factory=table)),
    )


def read_scenario(
    levers: Levers,
    standing: Mapping[str, Setting],
    entries: Mapping[str, Any],
    *,
    id: str,
    file: str,
    form: type[pydantic.BaseModel] | None = None,
) -> Scenario:
    """Return a scenario from the entries of a file, a form or a link.

    Args:
        levers: what may be set.
        standing: the value of every lever that the entries do not name.
        entries: name, why and levers.
        id: what to call it.
        file: where the entries came from, for faults.
        form: the model of these, where it is made already.

    Raises:
        InputFaults: with every fault.
    """
    form = form or scenario_model(levers, standing)
    try:
        checked: Any = form.model_validate(dict(entries))
    except pydantic.ValidationError as error:
        raise InputFaults(_faults(error, file, levers)) from None
    given = {name: exact(value) for name, value in checked.levers.model_dump().items()}
    refuse(
        Fault(file, f"levers.{name}", shown(given[name]), wanted)
        for name in checked.levers.model_fields_set
        if (wanted := levers[name].too_fine(given[name]))
    )
    return Scenario(
        id=id, name=checked.name.model_dump(), why=checked.why.model_dump(), levers=given
    )


def build_scenario(case: Ground, entries: Mapping[str, Any], *, id: str, file: str) -> Scenario:
    """Return a scenario of a case; see `read_scenario`."""
    standing = case.baseline.levers
    return read_scenario(case.levers, standing, entries, id=id, file=file, form=case.form)


def _faults(error: pydantic.ValidationError, file: str, levers: Levers) -> list[Fault]:
    ranges = {
        name: span(lever.low, lever.high, lever.unit, whole=lever.whole)
        for name, lever in levers.items()
        if lever.kind != "choice"
    }
    faults = from_pydantic(error, file=file, known=["name", "why", "levers", "vi", "en", *levers])
    return [
        Fault(fault.file, fault.place, fault.given, ranges.get(_last(fault.place), fault.wanted))
        for fault in faults
    ]


def _last(place: str) -> str:
    return place.rsplit(".", 1)[-1]


def changed(case: Ground, scenario: Scenario, levers: Mapping[str, Setting]) -> Scenario:
    """Return a scenario with some levers set otherwise; itself if nothing differs.

    Raises:
        InputFaults: with every lever that is unknown or out of bounds.
    """
    whole = {**scenario.levers, **levers}
    if whole == dict(scenario.levers):
        return scenario
    names = {
        language: Words(language)("{name} (adjusted)", name=name)
        for language, name in scenario.name.items()
    }
    entries = {"name": names, "why": dict(scenario.why), "levers": whole}
    return build_scenario(case, entries, id=f"{scenario.id}-adjusted", file=scenario.id)


def told_apart(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return scenarios under names that a reader can tell apart where names are cut.

    Equal names are followed by their ids; long ones that begin alike begin where they differ.
    """

    def apart(each: Scenario, language: str) -> str:
        name = each.name[language]
        rivals = [other.name[language] for other in scenarios if other is not each]
        alike = [other for other in rivals if other[:SEEN] == name[:SEEN]]
        if name in alike:
            return f"{name[:SEEN]}{'…' if len(name) > SEEN else ''} ({each.id})"
        same = max(
            (
                sum(
                    1
                    for _ in takewhile(
                        lambda pair: pair[0] == pair[1], zip(name, other, strict=False)
                    )
                )
                for other in alike
            ),
            default=0,
        )
        return f"… {name[name.rfind(' ', 0, same + 1) + 1 :]}" if alike else name

    return [
        replace(each, name={language: apart(each, language) for language in each.name})
        for each in scenarios
    ]


def load_scenario(case: Ground, path: Path) -> Scenario:
    """Read a scenario file of a case; raises `InputFaults` with every fault."""
    return build_scenario(case, read_toml(path), id=path.stem, file=str(path))


def lever_rows(case: Ground) -> list[LeverRow]:
    """Return the lever table of a case, its bounds and baseline in place."""
    return [lever_row(lever, case.baseline.levers[name]) for name, lever in case.levers.items()]
