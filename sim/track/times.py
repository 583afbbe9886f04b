"""What is followed of a place: its states, what was found of them, and both from a stamp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from sim.ask.answers import Question
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.place.scenario import Scenario
from sim.track.months import Month, followed
from sim.track.why import State, Why, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """States of one place and plan, the newest last, and what was found of them.

    Attributes:
        months: what each said; none where it was not asked.
        why: why the chances moved between the first and the last; None where it was not asked.
    """

    kind: ClassVar[Literal["track"]] = "track"
    states: Sequence[State]
    months: Sequence[Month] = ()
    why: Why | None = None

    @property
    def newest(self) -> State:
        """The state whose case a stamp is of."""
        return self.states[-1]

    @property
    def plans(self) -> tuple[Scenario, ...]:
        """The plan that is followed."""
        return (self.newest.plan,)

    @property
    def entries(self) -> dict[str, Any]:
        """What was asked, and the states before the newest, as a stamp holds them."""
        states = [
            {"facts": state.case.facts.as_json(), "targets": state.targets.id}
            for state in self.states[:-1]
        ]
        return {"asked": "why" if self.why else "months", "states": states}


def track_of(asked: Question, plan: Scenario, entries: Mapping[str, Any]) -> Track:
    """Return what a stamp holds, followed again; raises `InputFaults`, `LookupError`."""
    states = []
    for entry in entries["states"]:
        case = load_case(asked.case.folder, facts=from_json(entry["facts"], Path("stamp")))
        targets = case.target_sets[entry["targets"]]
        states.append(State(case=case, targets=targets, plan=plan))
    states.append(State(case=asked.case, targets=asked.targets, plan=plan))
    seed, replicates = asked.seed, asked.replicates
    if entries["asked"] == "why":
        found = why(states[0], states[-1], seed=seed, replicates=replicates)
        return Track(states=states, why=found)
    return Track(states=states, months=followed(states, seed=seed, replicates=replicates))
