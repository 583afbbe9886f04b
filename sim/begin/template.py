"""What a workbook of a case consists of: its sheets, what they are called, what they hold."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence

import pydantic

from sim.begin.rows import csv_text
from sim.faults import Message, told
from sim.files.sheets import Value
from sim.place.assumptions import Assumption
from sim.place.levers import OwnBounds
from sim.place.records import Area, Observation

TEMPLATE = 1
MARK = "ketnoi workbook"
TABLES: Mapping[str, type[pydantic.BaseModel]] = {  # sheet, and file.csv -> the model of a row
    "areas": Area,
    "observations": Observation,
    "assumptions": Assumption,
    "levers": OwnBounds,
    "outcomes": Observation,
}
BOM, CR = "BOM", "CR"  # marks of a line that no cell can hold
KEPT = ("borrowed", "files")  # sheets to read and not to change
SHEETS: Mapping[str, Message] = {
    "place": told(
        "case.toml: what the place is, its money, the whole's people and households, where "
        "columns come from. One entry per row; rows without a value are skipped."
    ),
    "areas": told("areas.csv: one area per row; a column left empty is not used."),
    "observations": told("observations.csv: figures as printed, in the unit beside them."),
    "sets": told("targets.toml: one document with targets per row; 'yes' marks the usual one."),
    "targets": told("targets.toml: one target per row, in per cent as in its document."),
    "assumptions": told(
        "assumptions.csv: what the place knows better; copy a row of 'borrowed' here."
    ),
    "plans": told(
        "The baseline and other scenarios: one column each, headed by the name of its file."
    ),
    "levers": told("levers.csv: bounds of levers of the place's own."),
    "outcomes": told("outcomes.csv: what came later, for scoring only."),
    "borrowed": told("Assumptions taken from the defaults: to read, not to change."),
    "files": told("Texts of files, which keep comments and order: to read, not to change."),
}


def checksum(sheets: Mapping[str, Sequence[Sequence[Value]]]) -> str:
    """Return a fingerprint of the sheets that are not to be changed."""
    seen = hashlib.sha256()
    for name in KEPT:
        for row in sheets[name]:
            cells = [
                f"{each:.10g}" if isinstance(each, float | int) else each or "" for each in row
            ]
            seen.update(repr([*map(str, cells)]).rstrip("', ]").encode())
    return seen.hexdigest()[:16]


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return the text of a table as a workbook gives it back."""
    return csv_text(squared(rows)[1])


def squared(rows: Sequence[Sequence[str]]) -> tuple[list[int], list[list[str]]]:
    """Return a table without empty rows and columns, letters in one form, and its rows' places."""
    full = max((len(row) for row in rows), default=0)
    wide = [
        [unicodedata.normalize("NFC", each) for each in row] + [""] * (full - len(row))
        for row in rows
    ]
    held = [at for at in range(full) if any(row[at] for row in wide[1:])]
    places = [at for at, row in enumerate(wide) if at == 0 or any(row)]
    if len(places) < 2:
        return [], []
    return places, [[wide[at][column] for column in held] for at in places]
