"""Whether a file holds what another holds, though its bytes differ: saved by another program.

Cells, words and pages count, not how they are packed. What is not drawn or written for a reader
(widths of columns, fonts of a workbook) does not.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html.parser import HTMLParser
from math import isclose
from typing import Any
from xml.etree import ElementTree

from sim.files.carriers import KEYWORD, unpacked
from sim.files.pictures import drawn_alike

CLOSE = 1e-9  # of a number: what a program may lose when it writes it
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_PLOTTED = "{http://schemas.openxmlformats.org/drawingml/2006/chart}f"
_FORMATS = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "d m yyyy"}


def same_content(file: str, given: bytes, remade: bytes) -> bool:
    """Return whether two files hold the same, saved by different programs.

    Args:
        file: what they are; its ending names the kind.
        given, remade: contents.
    """
    try:
        return _KINDS[file.rpartition(".")[2]](given, remade)
    except Exception:  # whatever a library meets in a file that is not whole
        return False


def same_text(one: str | None, other: str | None) -> bool:
    """Return whether two cells hold the same text, or the same number but for its last digits.

    >>> same_text("8.773662567", "8.773662567000001"), same_text("0.62", "0.32")
    (True, False)
    >>> same_text("1", "01"), same_text("", None)
    (False, True)
    """
    if (one or "") == (other or ""):
        return True
    if one is None or other is None or {one[:1], other[:1]} & {"="} or _is_code(one, other):
        return False
    try:
        return isclose(float(one), float(other), rel_tol=CLOSE, abs_tol=CLOSE**2)
    except ValueError:
        return False


def _is_code(*texts: str) -> bool:
    return any(re.match(r"0\d", text) for text in texts)


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV but for its stamp, commas or semicolons between its cells."""
    text = content.decode("utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("# " + KEYWORD)]
    apart = ";" if lines and ";" in lines[0] and "," not in lines[0] else ","
    rows = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=apart)
    return [[_pointed(cell) if apart == ";" else cell for cell in row] for row in rows]


def _pointed(cell: str) -> str:
    """Return a number with a point, as it is written where semicolons part the cells."""
    return cell.replace(",", ".") if re.fullmatch(r"-?\d+,\d+(E-?\d+)?", cell) else cell


def _tables(given: bytes, remade: bytes) -> bool:
    rows, others = rows_of(given), rows_of(remade)
    return len(rows) == len(others) and all(
        len(row) == len(other) and all(map(same_text, row, other))
        for row, other in zip(rows, others, strict=True)
    )


Parts = Mapping[str, bytes]


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook."""
    with unpacked(content) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def pages_of(parts: Parts) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield name and content of each sheet of a workbook, in order."""
    links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    places = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in ElementTree.fromstring(parts["xl/workbook.xml"]).iter(f"{SHEET}sheet"):
        place = places[sheet.get(_LINK)]
        path = place.removeprefix("/") if place.startswith("/") else f"xl/{place}"
        yield sheet.get("name", ""), ElementTree.fromstring(parts[path])


def strings_of(parts: Parts) -> list[str]:
    """Return the texts that cells of a workbook point to."""
    strings = ElementTree.fromstring(parts.get("xl/sharedStrings.xml", b"<none/>"))
    return ["".join(item.itertext()) for item in strings]


def cell_text(cell: ElementTree.Element, shared: Sequence[str]) -> str:
    """Return what a cell of a workbook holds; a formula begins with `=`."""
    value = cell.findtext(f"{SHEET}v") or ""
    formula = cell.findtext(f"{SHEET}f")
    if formula is not None:
        return "=" + formula
    return shared[int(value)] if cell.get("t") == "s" else value or "".join(cell.itertext())


def _books(given: bytes, remade: bytes) -> bool:
    mine, its = parts_of(given), parts_of(remade)
    cells, others = dict(_cells(mine)), dict(_cells(its))
    return (
        list(cells) == list(others)
        and all(
            kind == kinds and same_text(text, texts)
            for (text, kind), (texts, kinds) in zip(cells.values(), others.values(), strict=True)
        )
        and _charts(mine) == _charts(its)
    )


def _cells(parts: Parts) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield place, text and way of writing of all that stands in a workbook, sheet by sheet."""
    shared, ways = strings_of(parts), list(_ways(parts))
    for name, page in pages_of(parts):
        yield name, ("", "sheet")
        for cell in page.iter(f"{SHEET}c"):
            text = cell_text(cell, shared)
            if text:
                number = cell.get("t", "n") == "n"
                way = ways[int(cell.get("s", "0"))] if number else "text"
                yield f"{name}!{cell.get('r')}", (text, way)


def _ways(parts: Parts) -> Iterator[str]:
    """Yield how the numbers of each style are written: per cent, digits, or as a date."""
    styles = ElementTree.fromstring(parts["xl/styles.xml"])
    own = {
        int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in styles.iter(f"{SHEET}numFmt")
    }
    for style in styles.findall(f"{SHEET}cellXfs/{SHEET}xf"):
        id = int(style.get("numFmtId", "0"))
        code = re.sub(r"\[[^\]]*\]|[\"\\@;]", "", {**_FORMATS, **own}.get(id, "")).lower()
        if "y" in code:
            yield "date"
        else:
            yield "".join(re.findall(r"\.0+|%", code))


def _charts(parts: Parts) -> set[str]:
    """Return the words of all charts of a workbook, and which cells they plot."""
    found = set[str]()
    for name, part in parts.items():
        if re.match(r"xl/(charts|drawings)/[^/]*\.xml$", name):
            drawing = ElementTree.fromstring(part)
            found |= {each.text for each in drawing.iter(_DRAWN) if each.text}
            found |= {re.sub("['$]", "", each.text or "") for each in drawing.iter(_PLOTTED)}
    return found


def _pages(given: bytes, remade: bytes) -> bool:
    """Return whether two PDFs read and look the same, and nothing lies over their pages."""
    from pypdf import PdfReader

    mine, its = (PdfReader(io.BytesIO(content)) for content in (given, remade))
    pairs = [*zip(mine.pages, its.pages, strict=True)]
    words = texts_of(given) == texts_of(remade)
    over = [[len(page.get("/Annots", ())) for page in pair] for pair in pairs]
    told, other_told = (_told(pdf.root_object.get("/StructTreeRoot")) for pdf in (mine, its))
    return (
        words
        and all(count == other for count, other in over)
        and told in ([], other_told)
        and drawn_alike(given, remade, "pdf", pages=len(pairs))
    )


@lru_cache(maxsize=2)
def texts_of(content: bytes) -> tuple[str, ...]:
    """Return the words of each page of a PDF, which takes its reader a second a page."""
    from pypdf import PdfReader

    return tuple(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def _told(part: Any) -> list[str]:
    """Return what is said of the parts of a PDF that are pictures."""
    node = part.get_object() if part is not None else None
    if isinstance(node, list):
        return [words for each in node for words in _told(each)]
    if not isinstance(node, Mapping):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + _told(node.get("/K"))


class _Marks(HTMLParser):
    """Collects the marks and words of a page or drawing, attributes in the order of names."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(content.decode())

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted((name, value or "") for name, value in attrs)))


def paragraphs_of(content: bytes) -> list[list[str]]:
    """Return the texts of a document or of slides, part by part, a paragraph each."""
    parts = parts_of(content)
    found = []
    for name in sorted(filter(_SAID.fullmatch, parts), key=lambda name: (len(name), name)):
        root = ElementTree.fromstring(parts[name])
        lines = [_line(each) for each in root.iter() if each.tag.rpartition("}")[2] == "p"]
        found.append([line for line in lines if line])
    return found


_SAID = re.compile(r"word/document\.xml|ppt/slides/slide\d+\.xml")


def _line(paragraph: ElementTree.Element) -> str:
    """Return the text of a paragraph; the number of a page is what its program makes of it."""
    said, fields = "", list[str]()
    for each in paragraph.iter():
        tag, text = each.tag.rpartition("}")[2], each.text or ""
        if tag == "fldChar":
            kind = next(iter(each.attrib.values()), "")
            fields = [*fields, ""] if kind == "begin" else fields[:-1] if kind == "end" else fields
        elif tag == "instrText" and fields:
            fields[-1] += text
            said += "#" if "PAGE" in text else ""
        elif tag == "t" and not (text.isdecimal() and "PAGE" in "".join(fields[-1:])):
            said += text
    return said.strip()


def _papers(given: bytes, remade: bytes) -> bool:
    """Return whether two documents say the same and show the same pictures."""
    return paragraphs_of(given) == paragraphs_of(remade) and _shown(given) == _shown(remade)


def _shown(content: bytes) -> set[bytes]:
    return {part for name, part in parts_of(content).items() if re.search(r"/media/.*\.png$", name)}


def _sites(given: bytes, remade: bytes) -> bool:
    return _Marks(given).found == _Marks(remade).found


def _drawings(given: bytes, remade: bytes) -> bool:
    one, other = ([*_words(_Marks(content).found)] for content in (given, remade))
    return one == other and drawn_alike(given, remade, "svg")


def _words(found: Sequence[object]) -> Iterator[str]:
    """Yield what a drawing says: its texts, and what is said of its parts."""
    for each in found:
        if isinstance(each, str):
            yield each
        elif isinstance(each, tuple):
            yield from (value for name, value in each[1] if name == "aria-label")


_KINDS: Mapping[str, Callable[[bytes, bytes], bool]] = {
    "csv": _tables,
    "xlsx": _books,
    "pdf": _pages,
    "html": _sites,
    "docx": _papers,
    "pptx": _papers,
    "svg": _drawings,
    "png": lambda given, remade: drawn_alike(given, remade, "png"),
    "json": lambda given, remade: json.loads(given) == json.loads(remade),
}
