"""Charts and tables as files: SVG, PNG at 300 dpi, PDF, CSV; equal inputs, equal bytes.

vl-convert draws a chart as SVG, typst turns that into PNG and PDF with the fonts embedded.
Both are told where Source Sans Pro lies: a font they cannot find would make every text of
an exported chart vanish without a word.
"""

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from sim.faults import Fault, refuse
from sim.files.carriers import in_png, in_svg

Chart = dict[str, Any]  # a Vega-Lite specification
Picture = Literal["svg", "png", "pdf"]
PICTURES: tuple[Picture, ...] = ("svg", "png", "pdf")
Cell = str | float | int | None
Rows = Sequence[Sequence[Cell]]

DOTS_PER_INCH = 300
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def svg(chart: Chart) -> str:
    """Return a chart as SVG text; the last few are kept, for their other kinds of file."""
    return _drawn(json.dumps(chart))


@lru_cache(maxsize=48)
def _drawn(chart: str) -> str:
    import vl_convert

    _register_fonts()
    locale = json.loads(chart)["config"]["locale"]["number"]
    return str(vl_convert.vegalite_to_svg(chart, format_locale=locale, allowed_base_urls=[]))


def picture(chart: Chart, form: Picture) -> bytes:
    """Return a chart as the bytes of an SVG, PNG (300 dpi) or PDF file."""
    return pictures(chart, (form,))[form]


def pictures(
    chart: Chart, forms: Sequence[Picture] = PICTURES, stamps: Mapping[Picture, str] | None = None
) -> dict[Picture, bytes]:
    """Return a chart as the bytes of files of several kinds, drawn once.

    Args:
        chart: what to draw.
        forms: kinds of file.
        stamps: form -> the stamp that its file carries, as text.
    """
    drawn = svg(chart)
    return {form: _as_file(chart, drawn, form, (stamps or {}).get(form)) for form in forms}


def _as_file(chart: Chart, drawn: str, form: Picture, text: str | None) -> bytes:
    if form == "svg":
        return (in_svg(drawn, text) if text else drawn).encode()
    made = _typeset(chart, drawn, form, text or "")
    return in_png(made, text) if form == "png" and text else made


def _typeset(chart: Chart, drawn: str, form: Picture, text: str) -> bytes:
    import typst

    main = (
        "#let about = sys.inputs.stamp\n"
        "#set document(title: sys.inputs.title, date: none,\n"
        '  description: if about == "" { none } else { about })\n'
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        "#image(bytes(sys.inputs.drawn), alt: sys.inputs.words)\n"
    )
    made = typst.compile(  # type: ignore[misc]
        main.encode(),
        font_paths=[font_folder()],
        ignore_system_fonts=True,
        format=form,
        ppi=float(DOTS_PER_INCH),
        sys_inputs={
            "title": chart["title"]["text"],
            "words": chart["description"],
            "drawn": drawn,
            "stamp": text,
        },
    )
    assert isinstance(made, bytes)
    return made


@cache
def font_folder() -> str:
    """Return the folder of Source Sans Pro, for programs that set text."""
    import font_source_sans_pro

    return str(Path(font_source_sans_pro.__file__).parent / "files")


@cache
def _register_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(font_folder())


def csv_bytes(head: Sequence[str], rows: Rows) -> bytes:
    """Return a table as UTF-8 CSV with a byte order mark, which spreadsheets need.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    return "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def check_folder(out: Path, *, force: bool) -> None:
    """Refuse a folder that must not or cannot be written, before any work is done.

    Raises:
        InputFaults: `out` is a file, holds something and `force` is not set, or its
            parent cannot be written.
    """
    faults = []
    if out.exists() and not out.is_dir():
        faults.append(Fault(str(out), "--out", "a file", "a folder, or a name not taken"))
    elif out.is_dir() and any(out.iterdir()) and not force:
        faults.append(Fault(str(out), "--out", "a folder that is not empty", "--force to replace"))
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not os.access(parent, os.W_OK):
        faults.append(Fault(str(out), "--out", f"{parent}, not writable", "a writable place"))
    refuse(faults)


def write_folder(out: Path, files: Iterable[tuple[str, bytes]], *, force: bool) -> None:
    """Write all files or none: into a folder beside `out`, renamed at the end.

    Args:
        out: the folder to make.
        files: name, which may have folders in it, and content; made as they are asked for.
        force: whether a folder that is there and not empty is replaced.
    """
    check_folder(out, force=force)
    out.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, content in files:
            path = making / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        making.chmod(0o755)
        _swap(making, out)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_file(out: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f".{out.name}.part")
    try:
        making.write_bytes(content)
        making.replace(out)
    finally:
        making.unlink(missing_ok=True)


def _swap(making: Path, out: Path) -> None:
    """Put the new folder in the old one's place; the old one goes last."""
    old = making.with_name(making.name + "-old")
    if out.exists():
        out.rename(old)
    try:
        making.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
