"""A planner's desk: open scenarios, moved sliders, and places of the planner's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sim.faults import Fault, InputFaults, refuse, told
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.scenario import Scenario, changed
from sim.screen.parts.plan_text import plan_id, read_plan, with_levers, with_names, write_plan

MOST_PLANS, MOST_PLACES, MOST_FACTS = 100, 10, 200
DAYS_OLD, MOST_OLD = 30, 300_000  # days and letters of texts that were replaced or deleted


Entry = Setting | Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies on a desk; every change gives a new one.

    Attributes:
        plans: case -> id -> TOML text of a scenario of the planner's own.
        moved: case -> id -> lever -> value of sliders moved and not yet saved.
        old: case -> "time id" -> text of a scenario as it was before a change or a deletion.
        greeted: whether the hint for first visitors has been put away.
        places: id -> name of a file -> its text, of cases of the planner's own.
        facts: case -> key -> JSON of a figure, assumption or target of the planner's own, or of
            the day that is stood on.
    """

    plans: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    moved: Mapping[str, Mapping[str, Mapping[str, Setting]]] = field(default_factory=dict)
    greeted: bool = False
    old: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def know(self, case: str, facts: Mapping[str, str]) -> "Desk":
        """Return the desk with these facts of the planner's own about a case, and no others."""
        rest = {id: kept for id, kept in self.facts.items() if id != case}
        desk = replace(self, facts={**rest, case: dict(facts)} if facts else rest)
        _crowded(desk)
        return desk

    def settle(self, id: str, files: Mapping[str, str] | None) -> "Desk":
        """Return the desk with a place of its own, or without it for None; its scenarios stay."""
        rest = {key: kept for key, kept in self.places.items() if key != id}
        desk = replace(self, places=rest if files is None else {**rest, id: files})
        _crowded(desk)
        return desk

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
        """Return the desk with a scenario of its own written, or without it for None.

        What it was before is kept for thirty days.
        """
        rest = {key: kept for key, kept in self.own(case).items() if key != id or text is not None}
        plans = rest if text is None else {**rest, id: text}
        old = self._with_old(case, id) if self.own(case).get(id, text) != text else self.old
        desk = replace(self, plans={**self.plans, case.head.id: plans}, old=old)
        _crowded(desk)
        return desk.move(case, id, {})

    def beside(self, other: "Desk") -> "Desk":
        """Return the desk with all of another one beside what lies here; `InputFaults` if full."""
        new = {
            case: {id: text for id, text in plans.items() if text not in here}
            for case, plans in other.plans.items()
            for here in [self.plans.get(case, {}).values()]
        }
        desk = merged(Desk(), self, replace(other, plans=new))
        _crowded(desk)
        return desk

    def _with_old(self, case: Case, id: str) -> Mapping[str, Mapping[str, str]]:
        """Return the older texts with that of a scenario as it stands, without the oldest."""
        now = datetime.now(UTC)
        texts = {**self.old.get(case.head.id, {}), f"{_written(now)} {id}": self.own(case)[id]}
        since = _written(now - timedelta(days=DAYS_OLD))
        newest = sorted((key for key in texts if key >= since), reverse=True)
        letters = accumulate(len(texts[key]) for key in newest)
        kept = [key for key, sum in zip(newest, letters, strict=True) if sum <= MOST_OLD]
        return {**self.old, case.head.id: {key: texts[key] for key in kept}}

    def earlier(self, case: Case) -> list[tuple[str, datetime, str]]:
        """Return id, time and text of scenarios before a change or a deletion, newest first."""
        every = sorted(self.old.get(case.head.id, {}).items(), reverse=True)
        return [
            (key.partition(" ")[2], datetime.fromisoformat(key.partition(" ")[0]), text)
            for key, text in every
        ]

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


def _written(time: datetime) -> str:
    """Return a time as text that sorts by time."""
    return time.isoformat(timespec="microseconds")


def _crowded(desk: Desk) -> None:
    """Refuse a desk with too many scenarios of a place, or too many places."""
    most = told("at most {most:,}", most=MOST_PLANS)
    faults = [
        Fault("desk", case, told("{count} scenarios", count=len(plans)), most)
        for case, plans in desk.plans.items()
        if len(plans) > MOST_PLANS
    ]
    if len(desk.places) > MOST_PLACES:
        given, most = (
            told("{count} places", count=len(desk.places)),
            told("at most {most:,}", most=MOST_PLACES),
        )
        faults.append(Fault("desk", "", given, most))
    for case, facts in desk.facts.items():
        if len(facts) > MOST_FACTS:
            given, most = (
                told("{count} facts", count=len(facts)),
                told("at most {most:,}", most=MOST_FACTS),
            )
            faults.append(Fault("desk", case, given, most))
    refuse(faults)


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
    old, new, found = entries(before), entries(after), entries(there)
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


def entries(desk: Desk) -> dict[tuple[str, ...], Entry]:
    """Return everything on a desk, each under the way to it."""
    found: dict[tuple[str, ...], Entry] = {("greeted",): int(desk.greeted)}
    found |= {("places", id): files for id, files in desk.places.items()}
    for case, plans in desk.plans.items():
        found |= {("plans", case, id): text for id, text in plans.items()}
    for kind, kept in (("old", desk.old), ("facts", desk.facts)):
        for case, texts in kept.items():
            found |= {(kind, case, key): text for key, text in texts.items()}
    for case, by in desk.moved.items():
        for id, levers in by.items():
            found |= {("moved", case, id, lever): value for lever, value in levers.items()}
    return found


def _of_entries(found: Mapping[tuple[str, ...], Entry]) -> Desk:
    texts: dict[str, dict[str, dict[str, str]]] = {"plans": {}, "old": {}, "facts": {}}
    moved: dict[str, dict[str, dict[str, Setting]]] = {}
    places: dict[str, Mapping[str, str]] = {}
    for (kind, *way), value in found.items():
        if isinstance(value, Mapping):
            places[way[0]] = value
        elif kind in texts:
            texts[kind].setdefault(way[0], {})[way[1]] = str(value)
        elif kind == "moved":
            moved.setdefault(way[0], {}).setdefault(way[1], {})[way[2]] = value
    return Desk(**texts, moved=moved, greeted=bool(found[("greeted",)]), places=places)
