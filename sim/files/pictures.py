"""Charts as files: SVG, PNG at 300 dpi, PDF; equal inputs, equal bytes.

vl-convert draws a chart as SVG, typst turns that into PNG and PDF with the fonts embedded.
Both are told where Source Sans Pro lies: a font they cannot find would make every text of
an exported chart vanish without a word.
"""

import io
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

from sim.files.carriers import in_png, in_svg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Chart = dict[str, Any]  # a Vega-Lite specification
Picture = Literal["svg", "png", "pdf"]
PICTURES: tuple[Picture, ...] = ("svg", "png", "pdf")

DOTS_PER_INCH = 300
MARGIN, LINE, LETTER = 12, 13, 4.4  # pixels: beside small text, its lines' height, a letter
LOOKED_AT = 144.0  # dots per inch at which pages are compared
PRINTED = 200.0  # dots per inch of a picture in an office file
UNSEEN = 8  # of 255: a difference of a colour that rounding makes and no eye sees


def svg(chart: Chart) -> str:
    """Return a chart as SVG text; the last few are kept, for their other kinds of file."""
    return _drawn(json.dumps(chart))


@lru_cache(maxsize=48)
def _drawn(chart: str) -> str:
    import vl_convert

    _register_fonts()
    locale = json.loads(chart)["config"]["locale"]["number"]
    drawn = str(vl_convert.vegalite_to_svg(chart, format_locale=locale, allowed_base_urls=[]))
    return _own_gradients(drawn, chart)


def _own_gradients(drawn: str, chart: str) -> str:
    """Return an SVG whose gradients are named by its chart and their order.

    Vega numbers them by all that its process has drawn, so that the same chart would differ
    from one server to the next; and in a page of many charts each needs names of its own.
    """
    found = list(dict.fromkeys(re.findall(r'id="(gradient_\d+)"', drawn)))
    own = sha256(chart.encode()).hexdigest()[:8]
    names = {name: f"gradient-{own}-{place}" for place, name in enumerate(found)}
    return re.sub(r"\bgradient_\d+\b", lambda match: names.get(match[0], match[0]), drawn)


def picture(chart: Chart, form: Picture) -> bytes:
    """Return a chart as the bytes of an SVG, PNG (300 dpi) or PDF file."""
    return pictures(chart, (form,))[form]


def pictures(
    chart: Chart,
    forms: Sequence[Picture] = PICTURES,
    stamps: Mapping[Picture, str] | None = None,
    foot: str = "",
) -> dict[Picture, bytes]:
    """Return a chart as the bytes of files of several kinds, drawn once.

    Args:
        chart: what to draw.
        forms: kinds of file.
        stamps: form -> the stamp that its file carries, as text.
        foot: small text below it.
    """
    drawn = _footed(svg(chart), foot, chart["config"]["title"]["subtitleColor"])
    return {form: _as_file(chart, drawn, form, (stamps or {}).get(form)) for form in forms}


def _footed(drawn: str, foot: str, colour: str) -> str:
    """Return an SVG with small text below what it shows, as wide as that."""
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    if not foot or size is None:
        return drawn
    width, height = map(float, size.groups())
    lines = textwrap.wrap(foot, max(20, int((width - 2 * MARGIN) / LETTER)))
    taller = height + LINE * len(lines)
    told = "".join(
        f'<text x="{MARGIN}" y="{height + LINE * at:g}" font-family="Source Sans Pro" '
        f'font-size="9px" fill="{colour}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    head, tail = drawn[: size.end()], drawn[size.end() :].removesuffix("</svg>")
    old, new = (f'width="{size[1]}" height="{each}"' for each in (size[2], f"{taller:g}"))
    box = f"0 0 {size[1]} "
    tail = tail.replace(old, new, 1).replace(f"{box}{size[2]}", f"{box}{taller:g}", 1)
    return head.removesuffix(old) + new + tail + told + "</svg>"


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


def drawn_alike(given: bytes, other: bytes, form: Picture, *, pages: int = 1) -> bool:
    """Return whether two files look the same, but for what is lost in rounding a place."""
    import numpy as np

    pairs = zip(_pixels(given, form, pages), _pixels(other, form, pages), strict=True)
    return all(
        mine.shape == its.shape and np.abs(mine - its).max() <= UNSEEN for mine, its in pairs
    )


def _pixels(content: bytes, form: Picture, pages: int) -> Iterator["NDArray[np.int16]"]:
    """Yield each page of a file as pixels `[row, column, colour]`, 0 to 255."""
    import numpy as np
    from PIL import Image

    drawn = [content] if form == "png" else _rasters(content, form, pages)
    for each in drawn:
        yield np.asarray(Image.open(io.BytesIO(each)).convert("RGBA"), dtype=np.int16)


def _rasters(content: bytes, form: Picture, pages: int, dots: float = LOOKED_AT) -> list[bytes]:
    """Return the pages of a PDF or SVG as PNG files."""
    import typst

    which = [f", page: {number}" for number in range(1, pages + 1)] if form == "pdf" else [""]
    lines = [f'#page(image("/given", format: "{form}"{page}))' for page in which]
    with TemporaryDirectory() as folder:
        (Path(folder) / "given").write_bytes(content)
        made = typst.compile(  # type: ignore[call-overload]
            "\n".join(["#set page(width: auto, height: auto, margin: 0pt)", *lines]).encode(),
            root=folder,
            font_paths=[font_folder()],
            ignore_system_fonts=True,
            format="png",
            ppi=dots,
        )
    return made if isinstance(made, list) else [made]


def raster(drawn: str) -> bytes:
    """Return a drawn chart (an SVG) as a PNG, for programs that show no other picture."""
    return _rasters(drawn.encode(), "svg", 1, PRINTED)[0]


def unwritable(text: str) -> str:
    """Return the letters of a text that the font of charts and reports does not have, in order."""
    return "".join(letter for letter in sorted(set(text)) if not _has(letter))


@cache
def _has(letter: str) -> bool:
    """Return whether the font draws a letter otherwise than one that no font has."""
    from PIL import ImageFont

    path = Path(font_folder()) / "SourceSansPro-Regular.otf"
    font = ImageFont.truetype(str(path), layout_engine=ImageFont.Layout.BASIC)
    drawn, box = font.getmask(letter), font.getmask("\U0010fffe")
    return letter.isspace() or (drawn.size, bytes(drawn)) != (box.size, bytes(box))


@cache
def font_folder() -> str:
    """Return the folder of Source Sans Pro, for programs that set text."""
    import font_source_sans_pro

    return str(Path(font_source_sans_pro.__file__).parent / "files")


@cache
def _register_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(font_folder())
