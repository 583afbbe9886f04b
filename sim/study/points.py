"""Points of a study given one by one: read from a table, checked, as scenarios hold them."""

from collections.abc import Sequence
from pathlib import Path

from sim.faults import Fault, InputFaults, Message, near, refuse, shown, span, told
from sim.numbers import ten_digits
from sim.place.assumptions import needs, unit_of
from sim.place.case import Case
from sim.place.levers import Setting
from sim.reading import NUMBER, read_table
from sim.study.study import Factor, Point


def split(point: Point) -> tuple[dict[str, float], dict[str, Setting]]:
    """Return a point's assumptions and its levers."""
    fixed = {name: float(value) for name, value in point.items() if name in needs()}
    return fixed, {name: value for name, value in point.items() if name not in needs()}


def exact(case: Case, name: str, value: Setting) -> Setting:
    """Return a value as a scenario holds it: whole, a float, or a name."""
    if isinstance(value, str):
        return value
    whole = name in case.levers and case.levers[name].whole
    return int(value) if whole else ten_digits(float(value))


def wanted_of(case: Case, name: str, value: Setting) -> Message:
    """Return what would do in place of a value; nothing if it will do."""
    if name not in needs():
        return case.levers[name].wanted(value)
    need = needs()[name]
    if not isinstance(value, (str, bool)) and need.least <= value <= need.most:
        return told("")
    return span(need.least, need.most, unit_of(need, case.head.currency))


def read_points(path: Path, case: Case) -> tuple[Point, ...]:
    """Read a CSV of points, a column a lever or assumption; raises `InputFaults` with all."""
    lines = read_table(path, [*case.levers, *case.assumptions])
    if len(lines) < 2:
        raise InputFaults([Fault(str(path), "", told("no points"), told("a header and rows"))])
    head = [cell.strip() for cell in lines[0][1]]
    rows = []
    faults: list[Fault] = []
    seen: dict[tuple[Setting, ...], int] = {}
    for line, cells in lines[1:]:
        if len(cells) != len(head):
            given, wanted = (
                told("{count} cells", count=len(cells)),
                told("{count} cells", count=len(head)),
            )
            faults.append(Fault(str(path), f"line {line}", given, wanted))
            continue
        values = tuple(map(_cell, cells))
        rows.append((f"line {line}", dict(zip(head, values, strict=True))))
        if values in seen:
            given = told("the point of line {line} again", line=seen[values])
            faults.append(Fault(str(path), f"line {line}", given, told("each point once")))
        seen.setdefault(values, line)
    return check_points(case, head, rows, file=str(path), faults=faults)


def _cell(text: str) -> Setting:
    bare = text.strip()
    return float(bare) if NUMBER.fullmatch(bare) else bare


def check_points(
    case: Case,
    head: Sequence[str],
    rows: Sequence[tuple[str, Point]],
    *,
    file: str,
    faults: Sequence[Fault] = (),
) -> tuple[Point, ...]:
    """Return points as scenarios hold them; raises `InputFaults` with every fault.

    Args:
        case: gives the assumptions and the bounds of the levers.
        head: the columns.
        rows: where each point stands, and its values.
        file: what the points came from, for faults.
        faults: those met before.
    """
    known = [*case.levers, *case.assumptions]
    met = [
        Fault(
            file,
            "header",
            shown(name),
            told("a lever or an assumption; {hint}", hint=near(name, known)),
        )
        for name in head
        if name not in known
    ]
    twice = sorted({name for name in head if head.count(name) > 1})
    met += [
        Fault(file, "header", told("{name} again", name=name), told("each column once"))
        for name in twice
    ]
    good = [name for name in head if name in known]
    met += [
        Fault(file, f"{place}, {name}", shown(row[name]), wanted)
        for place, row in rows
        for name in good
        if (wanted := wanted_of(case, name, row[name]))
    ]
    refuse([*faults, *met])
    return tuple({name: exact(case, name, row[name]) for name in head} for _, row in rows)


def columns_of(case: Case, points: Sequence[Point]) -> tuple[Factor, ...]:
    """Return the factors of given points: each column, over the values it takes."""
    found = []
    for name in points[0] if points else ():
        values = [point[name] for point in points]
        if any(isinstance(value, str) for value in values):
            found.append(_chosen(case, name, values))
        else:
            numbers = [float(value) for value in values]
            found.append(Factor(name=name, low=min(numbers), high=max(numbers)))
    return tuple(found)


def _chosen(case: Case, name: str, values: Sequence[Setting]) -> Factor:
    choices = tuple(case.levers[name].choices)
    taken = tuple(choice for choice in choices if choice in values)
    return Factor(name=name, values=taken, choices=choices)
