"""The files of a case as rows that a planner can fill in, and back: TOML by entries, CSV as it is.

Rows are lists of values, the headings first. `toml_rows` and `toml_data` undo each other but for
comments and order, which the text of a file keeps: see `renewed`.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import tomlkit

from sim.files.sheets import Value

Rows = list[list[Value]]
Spots = dict[str, tuple[int, int]]  # what stands where: entry -> row and column, from 1 on
FIGURE = ("value", "unit", "source", "published", "note")  # of what has a source, in one row
SOURCED = ("nation", "columns")  # tables of such
SET = ("source", "published", "note")
TARGET = ("indicator", "at_least", "unit", "deadline", "note")


def csv_rows(text: str) -> list[list[str]]:
    """Return the cells of a CSV."""
    return list(csv.reader(io.StringIO(text, newline="")))


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Return cells as CSV, written as ketnoi writes it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def leaves(data: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Yield the entries of tables within tables by their paths.

    >>> list(leaves({"a": {"b": [1, 2]}, "c": []}))
    [('a.b.0', 1), ('a.b.1', 2), ('c', '[]')]
    """
    parts: list[tuple[str, object]] = []
    if isinstance(data, dict):
        parts = list(data.items())
    elif isinstance(data, list):
        parts = [(str(place), each) for place, each in enumerate(data)]
    if parts:
        for name, each in parts:
            yield from leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(data, dict | list):
        yield path, "[]" if isinstance(data, list) else "{}"
    else:
        yield path, data  # type: ignore[misc]


def grown(entries: Mapping[str, Value]) -> dict[str, Any]:
    """Return paths and their values as tables within tables.

    >>> grown({"a.b.0": 1, "a.b.1": 2, "c": "[]"})
    {'a': {'b': [1, 2]}, 'c': []}
    """
    found: dict[str, Any] = {}
    for path, value in entries.items():
        *way, last = path.split(".")
        table = found
        for name in way:
            below = table.setdefault(name, {})
            table = below if isinstance(below, dict) else table.setdefault(f"{name}.", {})
        table[last] = {"[]": [], "{}": {}}.get(str(value), value)
    return {name: _listed(each) for name, each in found.items()}


def _listed(table: object) -> object:
    """Return tables whose names are 0, 1, 2 … as lists."""
    if not isinstance(table, dict):
        return table
    made = {name: _listed(each) for name, each in table.items()}
    numbered = bool(made) and list(made) == [str(place) for place in range(len(made))]
    return list(made.values()) if numbered else made


def place_rows(data: Mapping[str, Any]) -> Rows:
    """Return `case.toml` as rows: an entry, its value, and where a figure comes from."""
    rows: Rows = [["entry", *FIGURE]]
    for name, table in data.items():
        if name in SOURCED and isinstance(table, dict):
            rows += [[f"{name}.{key}", *map(each.get, FIGURE)] for key, each in table.items()]
        else:
            rows += [[path, value] for path, value in leaves({name: table})]
    return rows


def place_data(rows: Rows) -> tuple[dict[str, Any], Spots]:
    """Return what `case.toml` says by its rows, and which entry stands where."""
    entries: dict[str, Value] = {}
    spots: Spots = {}
    heads = [str(name or "") for name in rows[0]]
    for row, (entry, *cells) in numbered(rows):
        path, figure = str(entry), str(entry).split(".")[0] in SOURCED
        spots.setdefault(path, (row, 2))
        for column, (name, value) in enumerate(zip(heads[1:], cells, strict=True), start=2):
            where = f"{path}.{name}" if figure or name != "value" else path
            if value is not None:
                entries[where] = value
                spots[where] = (row, column)
    return grown(entries), spots


def plan_rows(plans: Mapping[str, Mapping[str, Any]]) -> Rows:
    """Return scenarios as rows: an entry, and a column for each of them."""
    every = {name: dict(leaves(data)) for name, data in plans.items()}
    order = sorted({path: None for each in every.values() for path in each}, key=_kind)
    return [
        ["entry", *every],
        *([path, *(each.get(path) for each in every.values())] for path in order),
    ]


def _kind(path: str) -> int:
    kinds = ("name", "why", "levers")
    return kinds.index(path.split(".")[0]) if path.split(".")[0] in kinds else len(kinds)


def plan_data(rows: Rows) -> Iterator[tuple[str, dict[str, object], Spots]]:
    """Yield the name of each scenario, what it says, and which entry stands where."""
    for column, name in enumerate(rows[0][1:], start=1):
        said = {str(cells[0]): cells[column] for _, cells in numbered(rows)}
        spots = {str(cells[0]): (row, column + 1) for row, cells in numbered(rows)}
        data = grown({path: value for path, value in said.items() if value is not None})
        if name is not None and data:
            yield str(name), {"name": {}, "why": {}, "levers": {}} | data, spots


def set_rows(data: Mapping[str, Any]) -> tuple[Rows, Rows]:
    """Return `targets.toml` as rows of sets and rows of targets."""
    sets = data["sets"]
    names = {path: None for each in sets.values() for path, _ in leaves(each["name"], "name")}
    heads: Rows = [["set", "default", *names, *SET]]
    targets: Rows = [["set", *TARGET]]
    for key, each in sets.items():
        named = dict(leaves(each["name"], "name"))
        chosen = "yes" if key == data["default"] else None
        heads.append([key, chosen, *map(named.get, names), *map(each.get, SET)])
        targets += [[key, *map(row.get, TARGET)] for row in each["targets"]]
    return heads, targets


def set_data(heads: Rows, targets: Rows) -> tuple[dict[str, Any], Spots, Spots]:
    """Return what `targets.toml` says by its rows, and which entry stands where in each sheet."""
    data: dict[str, Any] = {"sets": {}}
    above, below = Spots(), Spots()
    for row, cells in numbered(heads):
        said = dict(zip(map(str, heads[0]), cells, strict=True))
        key, chosen = str(said["set"] or ""), said["default"]
        if chosen is not None:
            data["default"] = key
            above["default"] = (row, 2)
        about = {name: each for name, each in said.items() if name not in ("set", "default")}
        entries = {path: value for path, value in about.items() if value is not None}
        data["sets"][key] = {**grown(entries), "targets": []}
        above |= {f"sets.{key}.{name}": (row, at) for at, name in enumerate(said, start=1)}
        above[f"sets.{key}"] = (row, 1)
    for row, cells in numbered(targets):
        key, names = str(cells[0] or ""), [str(name) for name in targets[0]]
        own = data["sets"].setdefault(key, {"targets": []})["targets"]
        path = f"sets.{key}.targets.{len(own)}"
        below[path] = (row, 1)
        below |= {f"{path}.{name}": (row, at) for at, name in enumerate(names, start=1)}
        filled = zip(names[1:], cells[1:], strict=True)
        own.append({name: value for name, value in filled if value is not None})
    return data, above, below


def numbered(rows: Rows) -> Iterator[tuple[int, list[Value]]]:
    """Yield the rows below the headings that hold anything, with their numbers."""
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell is not None for cell in cells):
            yield number, cells


def renewed(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return a text of TOML that says something else now; comments and order stay.

    Args:
        text: of a file.
        before: what it says.
        after: what it is to say.
    """
    document: Any = tomlkit.parse(text)
    _lay(document, before, after)
    return tomlkit.dumps(document)


def _lay(document: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for name in before:
        if name not in after:
            del document[name]
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            _lay(document[name], old, value)
        elif type(value) is not type(old) or value != old:
            document[name] = value


def written(data: Mapping[str, Any]) -> str:
    """Return entries as TOML."""
    return tomlkit.dumps(data)


def plain(value: str) -> Value:
    """Return a day that was written as text as a day; all else as it is.

    >>> plain("2022-01-15"), plain("15 January")
    (datetime.date(2022, 1, 15), '15 January')
    """
    with suppress(ValueError):
        return date.fromisoformat(value) if len(value) == 10 else value
    return value
