"""What is followed of a place: its states, what was found of them, and both from a stamp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.place.case import load_case
from sim.place.facts import from_json
from sim.track.months import Month
from sim.track.why import State, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """States of one place and plan, the newest last, and what was found of them.

    Attributes:
        months: what each said; none where it was not asked.
        why: why the chances moved between the first and the last; None where it was not asked.
    """

    states: Sequence[State]
    months: Sequence[Month] = ()
    why: Why | None = None

    @property
    def newest(self) -> State:
        """The state whose case a stamp is of."""
        return self.states[-1]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The states before the newest as a stamp holds them; `states_of` makes them again."""
        return [
            {"facts": state.case.facts.as_json(), "targets": state.targets.id}
            for state in self.states[:-1]
        ]


def states_of(entries: Sequence[Mapping[str, Any]], newest: State) -> list[State]:
    """Return the states that a stamp holds, and the newest; raises `InputFaults`, `LookupError`."""
    found = []
    for entry in entries:
        case = load_case(newest.case.folder, facts=from_json(entry["facts"], Path("stamp")))
        targets = case.target_sets[entry["targets"]]
        found.append(State(case=case, targets=targets, plan=newest.plan))
    return [*found, newest]
