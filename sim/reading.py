"""Files to values: TOML and CSV, with every fault's file and place."""

import csv
import io
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from sim.faults import Fault, InputFaults, from_pydantic, near, shown

Row = TypeVar("Row", bound=pydantic.BaseModel)


class Record(pydantic.BaseModel):
    """What stands in a file: unknown entries refused, nothing changed after reading."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        InputFaults: the file is missing, is a folder, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputFaults(
            [Fault(str(path), "", "a file that is not there", "a file of this name")]
        ) from None
    except UnicodeDecodeError as error:
        given = f"byte {error.start} is not UTF-8"
        raise InputFaults([Fault(str(path), "", given, "the file saved as UTF-8")]) from None
    except OSError as error:
        given = error.strerror or "cannot be read"
        raise InputFaults([Fault(str(path), "", given, "a file that can be read")]) from None


def parse_toml(text: str, *, file: str) -> dict[str, Any]:
    """Return the entries of a TOML text; raises `InputFaults` with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputFaults([Fault(file, "", f"malformed TOML: {error}", "valid TOML")]) from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the entries of a TOML file; raises `InputFaults` with line and column."""
    return parse_toml(read_text(path), file=str(path))


def read_rows(
    path: Path, kind: type[Row], *, optional: Iterable[str] = ()
) -> tuple[list[tuple[int, Row]], list[Fault]]:
    """Return a CSV's rows with their line numbers, and every fault met.

    Args:
        path: the file; its first line names the columns.
        kind: the model of a row; its fields are the columns.
        optional: columns that may be left out.

    Raises:
        InputFaults: the file cannot be read at all, or has not the right columns.
    """
    lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        table = [(lines.line_num, cells) for cells in lines if cells]
    except csv.Error as error:
        place = f"line {lines.line_num}"
        raise InputFaults([Fault(str(path), place, str(error), "valid CSV")]) from None
    if not table:
        raise InputFaults([Fault(str(path), "", "an empty file", "a header and rows")])
    header = [name.strip() for name in table[0][1]]
    wrong = _header_faults(str(path), header, list(kind.model_fields), set(optional))
    if wrong:
        raise InputFaults(wrong)
    rows, faults = [], []
    for line, cells in table[1:]:
        place = f"line {line}"
        if len(cells) != len(header):
            faults.append(Fault(str(path), place, f"{len(cells)} cells", f"{len(header)} cells"))
            continue
        filled = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        try:
            rows.append((line, kind.model_validate({k: v for k, v in filled.items() if v != ""})))
        except pydantic.ValidationError as error:
            faults += from_pydantic(error, file=str(path), place=place)
    return rows, faults


def _header_faults(
    file: str, header: Sequence[str], known: Sequence[str], optional: set[str]
) -> list[Fault]:
    stray = [
        Fault(file, "line 1", f"column {shown(name)}", "no such column; " + near(name, known))
        for name in header
        if name not in known
    ]
    missing = [
        Fault(file, "line 1", f"no column {name}", f"a column {name}")
        for name in known
        if name not in header and name not in optional
    ]
    twice = [
        Fault(file, "line 1", f"column {name} twice", "each column once")
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    return stray + missing + twice
