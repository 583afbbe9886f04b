"""Facts of the planner's own, kept one by one on the desk and laid over a place as one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sim.faults import Fault, InputFaults, refuse, shown, told
from sim.indicators import INDICATORS
from sim.place.facts import Facts, FactsFile, from_json
from sim.place.records import Observation
from sim.place.stamp import digest

FILE = Path("facts.toml")
DAY = "vintage"
LISTED = ("observations", "targets")


def apart(entries: FactsFile) -> dict[str, str]:
    """Return facts each by itself, as a desk keeps them: key -> JSON."""
    found = {key_of(row): row.model_dump_json() for row in entries.observations}
    found |= {f"assumptions.{id}": row.model_dump_json() for id, row in entries.assumptions.items()}
    for row in entries.targets:
        found[f"targets.{row.indicator}.{row.deadline}"] = row.model_dump_json()
    return found | ({DAY: json.dumps(f"{entries.vintage}")} if entries.vintage else {})


def key_of(row: Observation) -> str:
    """Return the key of a figure; equal figures have equal keys."""
    mark = digest(row.model_dump(mode="json"))[:12]
    return f"observations.{row.indicator}.{row.area}.{row.date}.{mark}"


def together(kept: Mapping[str, str], vintage: date | None = None) -> Facts:
    """Return the facts that a desk keeps about a case as one.

    Args:
        kept: key -> JSON, in any order.
        vintage: the day the case stands on by itself; the day stood on is that, the one that was
            set, or the last on which a figure was published, whichever is the latest.

    Raises:
        InputFaults: with every fault that shows without the case.
    """
    entries: dict[str, Any] = {"assumptions": {}, "observations": [], "targets": []}
    faults = list[Fault]()
    for key, text in sorted(kept.items(), key=_order):
        kind, _, name = key.partition(".")
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            given, wanted = told("not a fact"), told("a fact as the page keeps it")
            faults.append(Fault(str(FILE), shown(key), given, wanted))
            continue
        if kind in LISTED:
            entries[kind].append(content)
        elif kind == "assumptions":
            entries[kind][name] = content
        else:
            entries[key] = content
    refuse(faults)
    try:
        found = from_json(entries, FILE)
    except InputFaults as error:
        raise InputFaults(_named(error.faults, entries)) from None
    refuse(_pictures(kept))
    days = [each for each in (found.entries.vintage, vintage) if each]
    day = max([*days, *(row.published for row in found.entries.observations)], default=None)
    if vintage is not None and day == vintage:
        day = None
    return replace(found, entries=found.entries.model_copy(update={DAY: day}))


def _order(item: tuple[str, str]) -> tuple[int, str]:
    """Return what sorts facts, whichever came first: targets in the order of indicators."""
    kind, _, name = item[0].partition(".")
    goal = name.partition(".")[0]
    return INDICATORS.index(goal) if kind == "targets" and goal in INDICATORS else 0, item[0]


def _pictures(kept: Mapping[str, str]) -> Iterator[Fault]:
    """Yield facts with a picture, whose address a reader's browser would ask for."""
    for key, text in kept.items():
        if "![" in text:
            yield Fault(str(FILE), key, "![", told("words without pictures"))


def of_own(faults: tuple[Fault, ...], facts: Facts) -> tuple[Fault, ...]:
    """Return faults of a case with facts laid over it that say which fact is meant."""
    entries = facts.entries.model_dump(mode="json")
    return tuple(_named(faults, entries))


def _named(faults: tuple[Fault, ...], entries: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults, those of a figure or target by what it says and not by its number."""
    for fault in faults:
        kind, number, *field = [*fault.place.split(".", 2), ""]
        if fault.file != str(FILE) or kind not in LISTED or not number.isdigit():
            yield fault
            continue
        yield replace(fault, place=_said(kind, entries[kind][int(number)], field[0]))


def _said(kind: str, entry: object, field: str) -> str:
    names = ("indicator", "area", "date") if kind == "observations" else ("indicator", "deadline")
    words = [shown(entry.get(name)).strip("'") for name in names] if isinstance(entry, dict) else []
    return ", ".join(filter(None, [*words, field]))
