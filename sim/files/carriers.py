"""Where a stamp travels: in a PNG's text, an SVG's metadata, a PDF's subject, beside a CSV.

A stamp is one line of ASCII JSON (`sim.place.stamp.encoded`). PDF and XLSX take it when they are
made; here it is put into the other kinds, and read from all of them.
"""

import html
import io
import json
import logging
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree

from sim.files.columns import described

KEYWORD = "ketnoi"
PNG_START = b"\x89PNG\r\n\x1a\n"
SIDE_CAR = "-metadata.json"
LARGEST = 200_000_000  # bytes of a file, or of what a workbook unpacks to
_IN_CSV = f"# {KEYWORD} "
_IN_SVG = (f'<metadata id="{KEYWORD}">', "</metadata>")
_IN_HTML = (f'<meta name="{KEYWORD}" content="', '">')
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


class NoStamp(ValueError):  # noqa: N818  (nothing is wrong with a file that never had one)
    """Raised where no stamp can be read; `why` says whether there is none, or what is wrong."""

    def __init__(self, why: Literal["none", "unknown", "damaged"]) -> None:
        """Keep the reason."""
        super().__init__(why)
        self.why = why


def in_png(picture: bytes, text: str) -> bytes:
    """Return a PNG with a stamp in an iTXt chunk right behind its header."""
    end = len(PNG_START) + 25  # the header chunk: length, name, 13 bytes, checksum
    body = b"iTXt" + KEYWORD.encode() + b"\0\0\0\0\0" + text.encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return picture[:end] + chunk + picture[end:]


def in_svg(drawn: str, text: str) -> str:
    """Return an SVG with a stamp in its metadata."""
    start, end, rest = drawn.partition(">")
    return f'{start}{end}<metadata id="{KEYWORD}">{html.escape(text, quote=False)}</metadata>{rest}'


def in_html(text: str) -> str:
    """Return the element that holds a stamp in the head of a page."""
    return f'<meta name="{KEYWORD}" content="{html.escape(text)}">'


def in_csv(table: bytes, text: str) -> bytes:
    """Return a CSV with a stamp as a comment in its last line."""
    return table + f"{_IN_CSV}{text}\n".encode()


def side_car(
    name: str,
    head: Sequence[str],
    stamped: Mapping[str, Any],
    types: Mapping[str, str] | None = None,
) -> bytes:
    """Return the file beside a CSV that describes it, as CSV on the Web has it.

    Args:
        name: of the CSV.
        head: its headings.
        stamped: its stamp.
        types: of columns that `sim.files.columns` does not know.
    """
    typed = types or {}
    content = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "tableSchema": {"columns": [described(title, typed.get(title, "")) for title in head]},
        "notes": [{KEYWORD: stamped}],
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of a PNG's chunks, as far as they are whole."""
    place = len(PNG_START)
    while place + 12 <= len(picture):
        length = int.from_bytes(picture[place : place + 4], "big")
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += 12 + length


def read_stamp(content: bytes) -> dict[str, Any]:
    """Return the stamp that a file carries.

    Args:
        content: of a PNG, SVG, PDF, CSV, XLSX, HTML or JSON file; or of a CSV's side-car.

    Raises:
        NoStamp: it carries none, is of no known kind, or is damaged.
    """
    read = next((reader for start, reader in _READERS if content.startswith(start)), _from_text)
    try:
        stamped = json.loads(read(content))
    except NoStamp:
        raise
    except Exception:  # whatever a library meets in a file that is not whole
        raise NoStamp("damaged") from None
    if not isinstance(stamped, dict):
        raise NoStamp("damaged")
    return stamped


def _from_png(content: bytes) -> str:
    start = KEYWORD.encode() + b"\0\0\0\0\0"
    for name, body in chunks(content):
        if name == b"iTXt" and body.startswith(start):
            return body[len(start) :].decode()
    raise NoStamp("none")


def _from_pdf(content: bytes) -> str:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # what it guesses of a damaged file
    about = PdfReader(io.BytesIO(content)).metadata
    return _stamp_in(about.subject if about else None)


def _from_xlsx(content: bytes) -> str:
    with unpacked(content) as parts:
        if "docProps/core.xml" not in parts.namelist():
            raise NoStamp("none")
        about = ElementTree.fromstring(parts.read("docProps/core.xml"))
    return _stamp_in(about.findtext(_DESCRIPTION))


def _stamp_in(text: str | None) -> str:
    if text is None or not text.startswith('{"' + KEYWORD):
        raise NoStamp("none")
    return text


def unpacked(content: bytes) -> zipfile.ZipFile:
    """Return the parts of a workbook; `NoStamp` if it would unpack to more than is sane."""
    parts = zipfile.ZipFile(io.BytesIO(content))
    if sum(part.file_size for part in parts.infolist()) > LARGEST:
        raise NoStamp("unknown")
    return parts


def _from_text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoStamp("unknown") from None
    if text.lstrip().startswith("{"):
        return _from_json(text)
    for start, end in (_IN_SVG, _IN_HTML):
        inside, found, _ = text.partition(start)[2].partition(end)
        if found:
            return html.unescape(inside)
    last = text.rstrip("\n").rpartition("\n")[2]
    if last.startswith(_IN_CSV):
        return last.removeprefix(_IN_CSV)
    raise NoStamp("none")


def _from_json(text: str) -> str:
    content = json.loads(text)
    for note in content.get("notes", ()):
        if KEYWORD in note:
            return json.dumps(note[KEYWORD])
    if KEYWORD not in content or "file" not in content:
        raise NoStamp("none")
    return json.dumps(content)


_READERS: tuple[tuple[bytes, Callable[[bytes], str]], ...] = (
    (PNG_START, _from_png),
    (b"%PDF", _from_pdf),
    (b"PK\x03\x04", _from_xlsx),
)
