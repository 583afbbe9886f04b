"""Where two files of a kind differ: cells, texts, pages, pixels; the first few, in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import islice, zip_longest
from xml.etree import ElementTree

from sim.files.carriers import KEYWORD, PNG_START, SIDE_CAR, chunks
from sim.files.likeness import (
    SHEET,
    cell_text,
    pages_of,
    paragraphs_of,
    parts_of,
    rows_of,
    same_text,
    strings_of,
    texts_of,
)
from sim.words import Words

MOST = 5  # differences told
LETTERS = 80  # of a text that is told
_STAMP_ROWS = "ketnoi"


@dataclass(frozen=True, slots=True)
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
    kind = "json" if file.endswith(SIDE_CAR) else file.rpartition(".")[2]
    compare = {"csv": _tables, "xlsx": _books, "png": _pictures}.get(kind, _texts)
    try:
        found = list(islice(compare(kind, given, remade, say), 1 if kind == "json" else MOST))
    except Exception:  # whatever a library meets in a file that is not whole
        return [Contrast(place=say("the file is damaged: it cannot be read to the end"))]
    otherwise = {
        "csv": say("all cells match; the bytes differ"),
        "xlsx": say("all parts match; they are packed differently"),
        "png": say("the picture matches; other parts of the file differ"),
    }.get(kind, say("all text matches; the drawing differs"))
    return found if found or kind == "json" else [Contrast(place=otherwise)]


Pairs = Iterator[tuple[int, str | None, str | None]]


def _unlike(given: Iterable[str | None], remade: Iterable[str | None]) -> Pairs:
    """Yield number, from 1, and both texts where two files differ."""
    pairs = enumerate(zip_longest(given, remade), start=1)
    return ((number, mine, its) for number, (mine, its) in pairs if not same_text(mine, its))


def _tables(kind: str, given: bytes, remade: bytes, say: Words) -> Iterator[Contrast]:
    one, other = rows_of(given), rows_of(remade)
    head = dict(enumerate(other[0] if other else [], start=1))
    for line, (mine, its) in enumerate(zip_longest(one, other), start=1):
        if mine is None or its is None:
            words = (None if row is None else ", ".join(row)[:LETTERS] for row in (mine, its))
            yield Contrast(say("line {line}", line=line), *words)
            return
        for number, cell, its_cell in _unlike(mine, its):
            column = head.get(number, str(number))
            place = say("line {line}, {column}", line=line, column=column)
            yield Contrast(place, cell, its_cell)


def _books(kind: str, given: bytes, remade: bytes, say: Words) -> Iterator[Contrast]:
    """Yield the cells that differ; where none does, one that names the parts that do."""
    mine, its = parts_of(given), parts_of(remade)
    cells, its_cells = _cells(mine), _cells(its)
    every = {**its_cells, **cells}
    places = [at for at in every if not same_text(cells.get(at), its_cells.get(at))]
    yield from (Contrast(place, cells.get(place), its_cells.get(place)) for place in places)
    parts = [name for name in sorted({**mine, **its}) if mine.get(name) != its.get(name)]
    if parts and not places:
        where = ", ".join(parts[:MOST])
        yield Contrast(say("all cells match; other parts differ: {parts}", parts=where))


def _cells(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return place -> text of every cell of a workbook, but for those of its stamp."""
    shared, found = strings_of(parts), dict[str, str]()
    for number, (name, page) in enumerate(pages_of(parts), start=1):
        own = {f"{name}!{c.get('r')}": cell_text(c, shared) for c in page.iter(f"{SHEET}c")}
        if own.get(f"{name}!A2") != _STAMP_ROWS:
            found |= own
        found[f"#{number}"] = name
    return found


def _pictures(kind: str, given: bytes, remade: bytes, say: Words) -> Iterator[Contrast]:
    (size, drawn), (its_size, its_drawn) = _picture(given), _picture(remade)
    if size != its_size:
        yield Contrast(say("size in pixels"), size, its_size)
    elif drawn != its_drawn:
        yield Contrast(say("the picture differs"))


def _picture(content: bytes) -> tuple[str, bytes]:
    """Return a picture's size in words, and its packed pixels."""
    if not content.startswith(PNG_START):
        raise ValueError("not a PNG")
    parts = list(chunks(content))
    wide, high = (int.from_bytes(parts[0][1][i : i + 4], "big") for i in (0, 4))
    return f"{wide} × {high}", b"".join(body for name, body in parts if name == b"IDAT")


def _texts(kind: str, given: bytes, remade: bytes, say: Words) -> Iterator[Contrast]:
    """Yield the texts that differ, page by page where there are pages, cut to where they do."""
    one, other = _READERS[kind](given), _READERS[kind](remade)
    if len(one) != len(other):
        yield Contrast(say("pages"), str(len(one)), str(len(other)))
    for page, (mine, its) in enumerate(zip(one, other, strict=False), start=1):
        where = say("page {number}, ", number=page) if kind in ("pdf", "pptx") else ""
        for number, text, its_text in _unlike(mine, its):
            place = where + say("text {number}", number=number)
            if kind == "json":
                if KEYWORD in f"{text}{its_text}":
                    continue  # the line that says which ketnoi made it
                place = say("line {line}", line=number)
            yield Contrast(place, _short(text, its_text), _short(its_text, text))


def _short(text: str | None, other: str | None) -> str | None:
    """Return a text cut to where it begins to differ from another."""
    if text is None or len(text) <= LETTERS:
        return text
    start = next((i for i, (a, b) in enumerate(zip(text, other or "", strict=False)) if a != b), 0)
    start = max(start - LETTERS // 4, 0)
    return ("… " if start else "") + text[start : start + LETTERS] + " …"


class _Reader(HTMLParser):
    """Collects the texts of a page or a drawing, and what is said of its parts."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.found: list[tuple[bool, str]] = []  # whether it is said of a part; the text
        first, *others = content.decode().split("<metadata")
        self.feed(first + "".join(each.partition("</metadata>")[2] for each in others))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append((False, data.strip()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(True, value or "") for name, value in attrs if name == "aria-label"]


def _html_texts(content: bytes) -> list[list[str]]:
    return [[text for _, text in _Reader(content).found]]


def _svg_texts(content: bytes) -> list[list[str]]:
    ElementTree.fromstring(content)  # one that is cut short is no drawing
    return [[text for _, text in sorted(_Reader(content).found, key=lambda each: each[0])]]


def _pdf_texts(content: bytes) -> list[list[str]]:
    return [page.splitlines() for page in texts_of(content)]


def _json_texts(content: bytes) -> list[list[str]]:
    return [content.decode().splitlines()]


_READERS: Mapping[str, Callable[[bytes], list[list[str]]]] = {
    "svg": _svg_texts,
    "html": _html_texts,
    "pdf": _pdf_texts,
    "docx": paragraphs_of,
    "pptx": paragraphs_of,
    "json": _json_texts,
}
