"""Facts of one's own, laid over a case: figures, assumptions, targets and a later day.

They come as a TOML file, or as a CSV with the columns of `observations.csv`, and are checked with
the case as if they stood in its files. What repeats the case changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pydantic
from pydantic import Field

from sim.faults import Fault, InputFaults, from_pydantic, near, told
from sim.place.assumptions import Assumption, Confidence, Distribution
from sim.place.records import (
    CaseFile,
    Day,
    Names,
    Observation,
    Source,
    TargetRow,
    TargetSetFile,
    TargetsFile,
)
from sim.reading import Record, read_rows, read_toml

OWN = "own"  # the set of one's own targets
_SHAPES: Mapping[str, Distribution] = {"fixed": "triangular"}
OWN_NAME = Names.model_validate({"vi": "Chỉ tiêu riêng", "en": "Own targets"})


class OwnRange(Record):
    """What one knows better of an assumption: its range, in the unit the case has it in."""

    low: float
    central: float
    high: float
    source: Source
    confidence: Confidence = "low"


class FactsFile(Record):
    """All of a file of own facts."""

    vintage: Day | None = None
    observations: tuple[Observation, ...] = ()
    assumptions: dict[str, OwnRange] = Field(default_factory=dict)
    targets: tuple[TargetRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Own facts and where they were read.

    Attributes:
        file: of which faults are told.
        entries: what it says.
        places: where each observation stands in it.
    """

    file: Path
    entries: FactsFile
    places: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any fact at all."""
        return self.entries != FactsFile()

    @property
    def counts(self) -> dict[str, int]:
        """How many figures, assumptions and targets there are."""
        each = self.entries
        return {
            "figures": len(each.observations),
            "assumptions": len(each.assumptions),
            "targets": len(each.targets),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the facts as a stamp holds them; `from_json` reads them again."""
        return self.entries.model_dump(mode="json", exclude_defaults=True)

    def on(self, day: date, *, own: bool = True) -> "Facts":
        """Return the facts as they were known on a day; of none but the targets if not `own`."""
        each, placed = self.entries, zip(self.places, self.entries.observations, strict=True)
        known = [pair for pair in placed if own and pair[1].published <= day]
        update = {
            "vintage": day,
            "observations": tuple(row for _, row in known),
            "assumptions": each.assumptions if own else {},
        }
        places = tuple(place for place, _ in known)
        return replace(self, entries=each.model_copy(update=update), places=places)

    def rows(self, known: Iterable[Observation]) -> list[tuple[Path, str, Observation]]:
        """Return the figures that the case does not have, by day, whatever their order was."""
        have = {_said(row) for row in known}
        placed = zip(self.places, self.entries.observations, strict=True)
        new = [(self.file, place, row) for place, row in placed if _said(row) not in have]
        return sorted(new, key=lambda each: _said(each[2]))

    def unknown_yet(self, file: CaseFile) -> Iterator[Fault]:
        """Yield figures that were published after the day the case stands on: none is used."""
        day = file.case.vintage
        for place, row in zip(self.places, self.entries.observations, strict=True):
            if row.published > day:
                given = told("published {day}, known on {vintage}", day=row.published, vintage=day)
                yield Fault(str(self.file), place, given, told("a later vintage at the top"))

    def assuming(
        self, rows: Mapping[str, Assumption], faults: list[Fault]
    ) -> tuple[dict[str, Assumption], frozenset[str]]:
        """Return assumptions with the ranges that one knows better, and which these are."""
        found, moved = dict(rows), set[str]()
        for name, own in self.entries.assumptions.items():
            if name not in rows:
                wanted = told("no such assumption; {hint}", hint=near(name, rows))
                faults.append(Fault(str(self.file), f"assumptions.{name}", name, wanted))
                continue
            before = (rows[name].low, rows[name].central, rows[name].high)
            if before != (own.low, own.central, own.high):
                shape = rows[name].distribution  # what was held at one value has a range now
                drawn = {"source_vi": "", "distribution": _SHAPES.get(shape, shape)}
                found[name] = rows[name].model_copy(update={**own.model_dump(), **drawn})
                moved.add(name)
        return found, frozenset(moved)

    def standing(self, file: CaseFile, faults: list[Fault]) -> CaseFile:
        """Return a case's file on the later day, if one is given."""
        day = self.entries.vintage
        if day is None or day == file.case.vintage:
            return file
        if not file.case.vintage <= day < file.case.horizon:
            wanted = told(
                "a day after {first} and before {last}",
                first=file.case.vintage,
                last=file.case.horizon,
            )
            faults.append(Fault(str(self.file), "vintage", str(day), wanted))
            return file
        head = file.case.model_copy(update={"vintage": day})
        return file.model_copy(update={"case": head})

    def asking(self, file: CaseFile) -> TargetsFile | None:
        """Return the set of one's own targets, which are then those asked for."""
        if not self.entries.targets:
            return None
        own = TargetSetFile(
            name=OWN_NAME,
            source=str(OWN_NAME.en),
            published=file.case.vintage,
            targets=self.entries.targets,
        )
        return TargetsFile(default=OWN, sets={OWN: own})

    def blamed(self, fault: Fault) -> Fault:
        """Return a fault of one's own targets as one of this file."""
        lead = f"sets.{OWN}."
        if not fault.place.startswith(lead):
            return fault
        return Fault(str(self.file), fault.place.removeprefix(lead), fault.given, fault.wanted)


NO_FACTS = Facts(file=Path("facts.toml"), entries=FactsFile())


def read_facts(path: Path) -> Facts:
    """Read own facts from a TOML file, or from a CSV of figures.

    Raises:
        InputFaults: with every fault that shows without the case.
    """
    if path.suffix.lower() == ".csv":
        rows, faults = read_rows(path, Observation, optional=("note",))
        if faults:
            raise InputFaults(faults)
        entries = FactsFile(observations=tuple(row for _, row in rows))
        return Facts(file=path, entries=entries, places=tuple(f"line {line}" for line, _ in rows))
    return from_json(read_toml(path), path)


def from_json(entries: Mapping[str, Any], path: Path) -> Facts:
    """Return facts from entries as they stand in TOML or in a stamp; raises `InputFaults`."""
    try:
        found = FactsFile.model_validate(entries, strict=False)
    except pydantic.ValidationError as error:
        fields = {*FactsFile.model_fields, *Observation.model_fields, *OwnRange.model_fields}
        known = {*fields, *TargetRow.model_fields}
        raise InputFaults(from_pydantic(error, file=str(path), known=known)) from None
    places = tuple(f"observations.{place}" for place in range(len(found.observations)))
    return Facts(file=path, entries=found, places=places)


def _said(row: Observation) -> tuple[object, ...]:
    return (row.indicator, row.area, row.date, row.published, row.value, row.source)
