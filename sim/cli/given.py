"""What a command line names: a case, scenarios of it, a set of its targets."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.faults import Fault, InputFaults, near, refuse
from sim.shipped import case_folder

if TYPE_CHECKING:
    from sim.place.case import Case
    from sim.place.scenario import Scenario
    from sim.place.targets import TargetSet


def case_and_scenarios(folder: Path, files: list[Path]) -> tuple["Case", list["Scenario"]]:
    """Return a case and its scenarios, all of its own if no files are named."""
    from sim.place.case import load_case, shipped

    place = load_case(case_folder(folder))
    return place, load_scenarios(place, files or shipped(place))


def load_scenarios(place: "Case", files: list[Path]) -> list["Scenario"]:
    """Return the scenarios of some files; raises `InputFaults` with every fault of all."""
    from sim.place.scenario import load_scenario

    found, faults = [], list[Fault]()
    for path in files:
        try:
            found.append(load_scenario(place, path))
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    return found


def target_set(place: "Case", name: str | None) -> "TargetSet":
    """Return a set of a case's targets, the default one if none is named."""
    chosen = name or place.default_targets
    if chosen not in place.target_sets:
        wanted = near(chosen, place.target_sets)
        file = str(place.folder / "targets.toml")
        raise InputFaults([Fault(file, "--targets", repr(chosen), wanted)])
    return place.target_sets[chosen]
