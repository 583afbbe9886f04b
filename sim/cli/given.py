"""What a command line names: a case, scenarios of it, a set of its targets."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sim.faults import Fault, InputFaults, near, refuse, told
from sim.shipped import DEFAULT, case_folder

if TYPE_CHECKING:
    from sim.place.case import Case
    from sim.place.scenario import Scenario
    from sim.place.targets import TargetSet


def case_and_scenarios(
    folder: Path | None, files: list[Path], facts: Path | None = None
) -> tuple["Case", list["Scenario"]]:
    """Return a case and its scenarios, all of its own if no files are named.

    Where no case is named it is the one in whose folder the first scenario lies; own facts are
    laid over it.
    """
    from sim.place.case import load_case, shipped
    from sim.place.facts import NO_FACTS, read_facts

    own = NO_FACTS if facts is None else read_facts(facts)
    place = load_case(case_folder(folder or _home(files) or DEFAULT), facts=own)
    return place, load_scenarios(place, files or shipped(place))


def _home(files: list[Path]) -> Path | None:
    return next((f.parent for f in files if (f.parent / "case.toml").is_file()), None)


def load_scenarios(place: "Case", files: list[Path]) -> list["Scenario"]:
    """Return the scenarios of some files; raises `InputFaults` with every fault of all."""
    from sim.place.scenario import load_scenario

    found, faults = [], list(_strangers(place, files))
    for path in files:
        try:
            found.append(load_scenario(place, path))
        except InputFaults as error:
            faults += error.faults
    ids = [plan.id for plan in found]
    faults += [
        Fault(
            "ketnoi",
            "scenarios",
            told("{id} {count} times", id=id, count=ids.count(id)),
            told("files with different names"),
        )
        for id in dict.fromkeys(ids)
        if ids.count(id) > 1
    ]
    refuse(faults)
    return found


def _strangers(place: "Case", files: list[Path]) -> Iterator[Fault]:
    """Yield scenarios that lie in the folder of another case than the one they are run on."""
    from sim.reading import read_toml

    for path in files:
        home = path.parent / "case.toml"
        if path.parent.resolve() == place.folder.resolve() or not home.is_file():
            continue
        try:
            id = read_toml(home)["case"]["id"]
        except (InputFaults, LookupError, TypeError):
            continue
        if id != place.head.id:
            given, wanted = (
                told("a plan of {id}", id=id),
                told("a plan of {id}, or --case {parent}", id=place.head.id, parent=path.parent),
            )
            yield Fault(str(path), "", given, wanted)


def target_set(place: "Case", name: str | None) -> "TargetSet":
    """Return a set of a case's targets, the default one if none is named."""
    chosen = place.default_targets if name is None else name
    if chosen not in place.target_sets:
        wanted = near(chosen, place.target_sets)
        file = str(place.folder / "targets.toml")
        raise InputFaults([Fault(file, "--targets", repr(chosen), wanted)])
    return place.target_sets[chosen]


def ours(path: Path) -> bool:
    """Return whether a file was made by ketnoi: it carries a stamp, or has one beside it."""
    from sim.files.carriers import SIDE_CAR, NoStamp, read_stamp

    if path.with_name(path.name + SIDE_CAR).is_file():
        return True
    try:
        content = path.read_bytes()
        if path.suffix == ".parquet":
            return b"ketnoi" in content[-100_000:]
        read_stamp(content)
    except (OSError, NoStamp):
        return False
    return True
