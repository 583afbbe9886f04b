"""A planner's desk: open scenarios and moved sliders."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sim.faults import Fault, InputFaults, told
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.scenario import Scenario, changed
from sim.screen.parts.plan_text import plan_id, read_plan, with_levers, with_names, write_plan

MOST_PLANS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies on a desk; every change gives a new one.

    Attributes:
        plans: case -> id -> TOML text of a scenario of the planner's own.
        moved: case -> id -> lever -> value of sliders moved and not yet saved.
        greeted: whether the hint for first visitors has been put away.
    """

    plans: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    moved: Mapping[str, Mapping[str, Mapping[str, Setting]]] = field(default_factory=dict)
    greeted: bool = False

    def own(self, case: Case) -> Mapping[str, str]:
        """Return the planner's own scenarios of a case: id -> text."""
        return self.plans.get(case.head.id, {})

    def scenarios(self, case: Case) -> dict[str, Scenario]:
        """Return the planner's own scenarios of a case by id, as saved; those that still fit."""
        return self._read(case)[0]

    def unfit(self, case: Case) -> dict[str, tuple[Fault, ...]]:
        """Return the faults of scenarios that the case, as it is now, does not take."""
        return self._read(case)[1]

    def _read(self, case: Case) -> tuple[dict[str, Scenario], dict[str, tuple[Fault, ...]]]:
        fit: dict[str, Scenario] = {}
        unfit: dict[str, tuple[Fault, ...]] = {}
        for id, text in self.own(case).items():
            try:
                fit[id] = read_plan(case, text, id=id, file=id)
            except InputFaults as error:
                unfit[id] = error.faults
        return fit, unfit

    def moves(self, case: Case, id: str) -> Mapping[str, Setting]:
        """Return the levers of a scenario that were moved and not yet saved."""
        return self.moved.get(case.head.id, {}).get(id, {})

    def aside(self, case: Case, id: str) -> dict[str, Fault]:
        """Return the moved levers of a scenario that the case does not take, with their faults."""
        try:
            changed(case, case.baseline, self.moves(case, id))
        except InputFaults as error:
            return {fault.place.rpartition(".")[2]: fault for fault in error.faults}
        return {}

    def put(self, case: Case, id: str, text: str | None) -> "Desk":
        """Return the desk with a scenario of its own written, or without it for None."""
        rest = {key: kept for key, kept in self.own(case).items() if key != id or text is not None}
        plans = rest if text is None else {**rest, id: text}
        if len(plans) > MOST_PLANS:
            given, most = (
                told("{count} scenarios", count=len(plans)),
                told("at most {most:,}", most=MOST_PLANS),
            )
            raise InputFaults([Fault("desk", "", given, most)])
        desk = replace(self, plans={**self.plans, case.head.id: plans})
        return desk.move(case, id, {})

    def move(self, case: Case, id: str, levers: Mapping[str, Setting]) -> "Desk":
        """Return the desk with a scenario's moved levers; none for an empty mapping."""
        here = {key: kept for key, kept in self.moved.get(case.head.id, {}).items() if key != id}
        if levers:
            here[id] = dict(levers)
        return replace(self, moved={**self.moved, case.head.id: here})

    def slide(self, case: Case, start: Scenario, levers: Mapping[str, Setting]) -> "Desk":
        """Return the desk with a scenario's levers as its sliders stand; itself if unmoved."""
        moves = {name: value for name, value in levers.items() if value != start.levers[name]}
        return self if moves == self.moves(case, start.id) else self.move(case, start.id, moves)

    def save_as(
        self,
        case: Case,
        start: Scenario,
        current: Scenario,
        name: str,
        why: Mapping[str, str],
        taken: set[str],
    ) -> tuple["Desk", str]:
        """Return the desk with a scenario kept under a new name, and its id.

        Args:
            case: the place.
            start: whose moved sliders the new one takes over; its own text and comments
                go along where it has one.
            current: the scenario with its sliders as they stand.
            name: for both languages.
            why: by language.
            taken: ids that are not free.
        """
        id = plan_id(name, {*taken, *self.own(case)})
        kept = self.own(case).get(start.id)
        text = write_plan(case, current) if kept is None else kept
        text = with_levers(case, with_names(text, {"vi": name, "en": name}, why), current.levers)
        read_plan(case, text, id=id, file=name)
        return self.put(case, id, text).move(case, start.id, {}), id

    def duplicate(
        self, case: Case, text: str, names: Mapping[str, str], taken: set[str]
    ) -> tuple["Desk", str]:
        """Return the desk with a copy of a scenario's text under other names, and its id."""
        id = plan_id(names["en"], {*taken, *self.own(case)})
        text = with_names(text, names)
        read_plan(case, text, id=id, file=names["en"])
        return self.put(case, id, text), id

    def save(self, case: Case, current: Scenario, id: str) -> "Desk":
        """Return the desk with a scenario of its own holding the moved levers."""
        return self.put(case, id, with_levers(case, self.own(case)[id], current.levers))

    def rename(self, case: Case, id: str, names: Mapping[str, str]) -> "Desk":
        """Return the desk with a scenario under another name; raises `InputFaults`."""
        text = with_names(self.own(case)[id], names)
        read_plan(case, text, id=id, file=id)
        moves = self.moves(case, id)
        return self.put(case, id, text).move(case, id, moves)

    def add(self, case: Case, scenario: Scenario, text: str, taken: set[str]) -> tuple["Desk", str]:
        """Return the desk with an uploaded or linked scenario, and its id.

        A text that lies there already is not put there twice.
        """
        there = next((id for id, own in self.own(case).items() if own == text), None)
        if there is not None:
            return self, there
        id = plan_id(scenario.name["en"], {*taken, *self.own(case)})
        return self.put(case, id, text), id


def current(case: Case, start: Scenario, desk: Desk) -> Scenario:
    """Return a scenario with its moved levers, but for those that no longer fit."""
    aside, moves = desk.aside(case, start.id), desk.moves(case, start.id)
    return changed(case, start, {name: moves[name] for name in moves if name not in aside})


def merged(before: Desk, after: Desk, there: Desk) -> Desk:
    """Return a desk with what was changed on another one, entry by entry.

    Args:
        before, after: what the change began from and led to.
        there: the desk it is carried to. Where a scenario was changed there as well, both are
            kept: that of the change under its name, the other one beside it.
    """
    old, new, found = _entries(before), _entries(after), _entries(there)
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    for key in [key for key in found if key in changed and key[0] == "plans"]:
        if found[key] not in (old.get(key), new.get(key)):
            beside = plan_id(key[2], {each[2] for each in {*found, *new} if each[0] == "plans"})
            found[("plans", key[1], beside)] = found[key]
    for key in [*new, *changed]:
        if key in changed and key in new:
            found[key] = new[key]
        elif key in changed:
            found.pop(key, None)
    return _of_entries(found)


def _entries(desk: Desk) -> dict[tuple[str, ...], Setting]:
    """Return everything on a desk, each under the way to it."""
    found: dict[tuple[str, ...], Setting] = {("greeted",): int(desk.greeted)}
    for case, plans in desk.plans.items():
        found |= {("plans", case, id): text for id, text in plans.items()}
    for case, by in desk.moved.items():
        for id, levers in by.items():
            found |= {("moved", case, id, lever): value for lever, value in levers.items()}
    return found


def _of_entries(entries: Mapping[tuple[str, ...], Setting]) -> Desk:
    plans: dict[str, dict[str, str]] = {}
    moved: dict[str, dict[str, dict[str, Setting]]] = {}
    for (kind, *way), value in entries.items():
        if kind == "plans":
            plans.setdefault(way[0], {})[way[1]] = str(value)
        elif kind == "moved":
            moved.setdefault(way[0], {}).setdefault(way[1], {})[way[2]] = value
    return Desk(plans=plans, moved=moved, greeted=bool(entries[("greeted",)]))
