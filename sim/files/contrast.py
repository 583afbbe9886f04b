"""Where two files of a kind differ: cells, texts, pages, pixels; the first few, in words."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import zip_longest
from xml.etree import ElementTree

from sim.files.carriers import KEYWORD, PNG_START, SIDE_CAR, chunks, unpacked
from sim.words import Words

MOST = 5  # differences told
LETTERS = 80  # of a text that is told
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STAMP_ROWS = "ketnoi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One place where a file differs from what was made again.

    Attributes:
        place: where, in words.
        given, remade: what stands there in either; None where nothing does.
    """

    place: str
    given: str | None = None
    remade: str | None = None

    @property
    def difference(self) -> float | None:
        """Given minus remade, where both are numbers."""
        try:
            return float(self.given or "") - float(self.remade or "")
        except ValueError:
            return None


def contrasts(file: str, given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    """Return the first few differences between a file and what was made again.

    Args:
        file: what it is; its ending names the kind.
        given, remade: contents.
        say: language of the places.
    """
    form = "csv" if file.endswith(".csv") else file.rpartition(".")[2]
    if file.endswith(SIDE_CAR):
        form = "json"
    try:
        return _FORMS[form](given, remade, say)[:MOST]
    except Exception:  # whatever a library meets in a file that is not whole
        return [Contrast(place=say("the file is damaged: it cannot be read to the end"))]


def _tables(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    one, other = (_csv_rows(content) for content in (given, remade))
    head = other[0] if other else []
    found = []
    for line, (mine, its) in enumerate(zip_longest(one, other), start=1):
        if mine is None or its is None:
            place = say("line {line}", line=line)
            found.append(Contrast(place=place, given=_joined(mine), remade=_joined(its)))
            break
        for column, (a, b) in enumerate(zip_longest(mine, its)):
            if a != b:
                name = head[column] if column < len(head) else str(column + 1)
                place = say("line {line}, {column}", line=line, column=name)
                found.append(Contrast(place=place, given=a, remade=b))
        if len(found) >= MOST:
            break
    return found or [Contrast(place=say("every cell agrees; its bytes do not"))]


def _joined(row: Sequence[str] | None) -> str | None:
    return None if row is None else ", ".join(row)[:LETTERS]


def _csv_rows(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("# " + KEYWORD)]
    return list(csv.reader(io.StringIO("".join(lines), newline="")))


def _books(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    one, other = _cells(given), _cells(remade)
    places = [*other, *(place for place in one if place not in other)]
    found = [
        Contrast(place=place, given=one.get(place), remade=other.get(place))
        for place in places
        if one.get(place) != other.get(place)
    ]
    if found:
        return found
    parts = _other_parts(given, remade)
    if parts:
        where = ", ".join(parts[:MOST])
        return [Contrast(place=say("every cell agrees; other parts do not: {parts}", parts=where))]
    return [Contrast(place=say("every part agrees; how they are packed does not"))]


def _other_parts(given: bytes, remade: bytes) -> list[str]:
    with unpacked(given) as mine, unpacked(remade) as its:
        one = {name: mine.read(name) for name in mine.namelist()}
        other = {name: its.read(name) for name in its.namelist()}
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def _cells(content: bytes) -> dict[str, str]:
    """Return place -> text of every cell of a workbook, but for those of its stamp."""
    with unpacked(content) as parts:
        shared = (
            _shared(parts.read("xl/sharedStrings.xml"))
            if ("xl/sharedStrings.xml" in parts.namelist())
            else []
        )
        book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
        found: dict[str, str] = {}
        for number, sheet in enumerate(book.iter(f"{_SHEET}sheet"), start=1):
            name = sheet.get("name", "")
            page = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))
            own = {f"{name}!{c.get('r')}": _cell(c, shared) for c in page.iter(f"{_SHEET}c")}
            if own.get(f"{name}!A2") != _STAMP_ROWS:
                found |= own
            found[f"#{number}"] = name
    return found


def _shared(content: bytes) -> list[str]:
    return ["".join(item.itertext()) for item in ElementTree.fromstring(content)]


def _cell(cell: ElementTree.Element, shared: Sequence[str]) -> str:
    value = cell.findtext(f"{_SHEET}v") or ""
    formula = cell.findtext(f"{_SHEET}f")
    if formula is not None:
        return "=" + formula
    return shared[int(value)] if cell.get("t") == "s" else value or "".join(cell.itertext())


def _drawings(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    found = list(_texts(_svg_texts(given), _svg_texts(remade), say))
    return found or [Contrast(place=say("every text agrees; the drawing does not"))]


def _svg_texts(content: bytes) -> list[str]:
    text = re.sub(r"<metadata.*?</metadata>", "", content.decode(), flags=re.DOTALL)
    ElementTree.fromstring(text)
    labels = re.findall(r'aria-label="([^"]*)"', text)
    return [*re.findall(r">([^<>]+)<", text), *labels]


def _pages_of_web(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    found = list(_texts(_html_texts(given), _html_texts(remade), say))
    return found or [Contrast(place=say("every text agrees; the drawing does not"))]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name == "aria-label"]


def _html_texts(content: bytes) -> list[str]:
    reader = _Reader()
    reader.feed(re.sub(r"<metadata.*?</metadata>", "", content.decode(), flags=re.DOTALL))
    return reader.texts


def _texts(
    given: Sequence[str], remade: Sequence[str], say: Words, where: str = ""
) -> Iterator[Contrast]:
    for number, (a, b) in enumerate(zip_longest(given, remade), start=1):
        if a != b:
            yield Contrast(
                place=where + say("text {number}", number=number),
                given=_short(a, b),
                remade=_short(b, a),
            )


def _short(text: str | None, other: str | None) -> str | None:
    """Return a text cut to where it begins to differ from another."""
    if text is None or len(text) <= LETTERS:
        return text
    start = next((i for i, (a, b) in enumerate(zip(text, other or "", strict=False)) if a != b), 0)
    start = max(start - LETTERS // 4, 0)
    return ("… " if start else "") + text[start : start + LETTERS] + " …"


def _documents(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    one, other = _pdf_pages(given), _pdf_pages(remade)
    found = []
    if len(one) != len(other):
        found.append(Contrast(place=say("pages"), given=str(len(one)), remade=str(len(other))))
    for number, (mine, its) in enumerate(zip(one, other, strict=False), start=1):
        found += _texts(mine, its, say, say("page {number}, ", number=number))
        if len(found) >= MOST:
            break
    return found or [Contrast(place=say("every text agrees; the drawing does not"))]


def _pdf_pages(content: bytes) -> list[list[str]]:
    from pypdf import PdfReader

    return [page.extract_text().splitlines() for page in PdfReader(io.BytesIO(content)).pages]


def _pictures(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    one, other = _picture(given), _picture(remade)
    if one["size"] != other["size"]:
        return [Contrast(place=say("size in pixels"), given=one["size"], remade=other["size"])]
    if one["picture"] != other["picture"]:
        return [Contrast(place=say("the picture differs"))]
    return [Contrast(place=say("the picture agrees; other parts of the file do not"))]


def _picture(content: bytes) -> dict[str, str]:
    if not content.startswith(PNG_START):
        raise ValueError("not a PNG")
    parts = list(chunks(content))
    wide, high = (int.from_bytes(parts[0][1][i : i + 4], "big") for i in (0, 4))
    return {
        "size": f"{wide} × {high}",
        "picture": b"".join(body for name, body in parts if name == b"IDAT").hex(),
    }


def _plain(given: bytes, remade: bytes, say: Words) -> list[Contrast]:
    one, other = (content.decode().splitlines() for content in (given, remade))
    for line, (a, b) in enumerate(zip_longest(one, other), start=1):
        if a != b and KEYWORD not in f"{a}{b}":
            place = say("line {line}", line=line)
            return [Contrast(place=place, given=_short(a, b), remade=_short(b, a))]
    return []


_FORMS: Mapping[str, Callable[[bytes, bytes, Words], list[Contrast]]] = {
    "csv": _tables,
    "xlsx": _books,
    "svg": _drawings,
    "html": _pages_of_web,
    "pdf": _documents,
    "png": _pictures,
    "json": _plain,
}
