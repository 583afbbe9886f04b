"""Office files packed again: parts in one order, no clock, and the stamp in their properties.

A document and a presentation are ZIP files of XML; the libraries write the time into both.
"""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

CORE, TYPES = "docProps/core.xml", "[Content_Types].xml"
DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can say
POINTS_PER_INCH, MM_PER_INCH = 72, 25.4
LETTER, LINE = 0.5, 1.25  # of a letter's size: its width, and from line to line

_ABOUT = (
    "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:creator>ketnoi</dc:creator>"
    "<dc:language>{language}</dc:language><dc:description>{stamp}</dc:description>"
    "</cp:coreProperties>"
)


def packed(saved: bytes, *, title: str, language: str, stamp: str) -> bytes:
    """Return an office file that is the same bytes whenever it is made."""
    about = {"title": escape(title), "language": language, "stamp": escape(stamp)}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(made, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != TYPES, name)):
            content = _ABOUT.format(**about).encode() if name == CORE else old.read(name)
            part = zipfile.ZipInfo(name, DAY_ONE)
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            part.create_system = 3  # whatever the machine is
            new.writestr(part, content, compresslevel=6)
    return made.getvalue()


def fitting(lines: Sequence[str], *, wide: float, high: float, most: int, least: int = 9) -> int:
    """Return the letter size, in points, at which texts fit a box of so many inches.

    >>> [fitting([words], wide=5, high=2, most=20) for words in ("short", "long " * 99)]
    [20, 12]
    """
    for size in range(most, least, -1):
        across = wide * POINTS_PER_INCH / (LETTER * size)
        taken = sum(-(-len(line) // across) for text in lines for line in text.split("\n"))
        if taken * LINE * size <= high * POINTS_PER_INCH:
            return size
    return least
