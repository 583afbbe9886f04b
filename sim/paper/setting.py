"""A report as files: a PDF set by typst, one HTML file that stands alone, Word, slides."""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files

from sim.files.carriers import in_html
from sim.files.pictures import font_folder
from sim.paper.office.slides import slides_bytes
from sim.paper.office.word import word_bytes
from sim.paper.parts import Content, Grid, Part, Report
from sim.show.evidence import linked


def pdf_bytes(report: Report) -> bytes:
    """Return the report as a tagged PDF (PDF/UA-1) with its fonts inside."""
    import typst

    made = typst.compile(  # type: ignore[call-overload]
        (files("sim.paper") / "report.typ").read_bytes(),
        font_paths=[font_folder()],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={
            "report": json.dumps(report.content, ensure_ascii=False),
            "stamp": report.stamped("report.pdf"),
            **{f"chart{number}": drawn for number, drawn in enumerate(report.charts)},
        },
    )
    assert isinstance(made, bytes)
    return made


_STYLE = """
:root{color-scheme:light dark;--ink:#17212b;--soft:#586570;--paper:#fff;--line:#d5dbe0;
--accent:#0a6aa8}
@media(prefers-color-scheme:dark){:root{--ink:#e9eef3;--soft:#a3b1bd;--paper:#0f171f;
--line:#283542;--accent:#5ab4f0}}
body{font:15px/1.5 "Source Sans Pro","Source Sans",sans-serif;color:var(--ink);
background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:2rem;margin:0}h2{color:var(--accent);margin-top:2.5rem}
.lead{font-size:1.25rem;font-weight:600;margin:.4rem 0}
.soft,footer{color:var(--soft);font-size:.85rem}
h3{font-size:1rem;margin:1.2rem 0 .3rem}p,li,td a,footer{overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;min-width:38rem;font-size:.85rem}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;
vertical-align:top;white-space:pre-line}
th{border-color:var(--accent)}.n{text-align:right}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 1.2rem}
figure{margin:1.2rem 0}figure>div{background:#fff;border-radius:8px;overflow-x:auto}
figure svg{max-width:100%;height:auto}section>figure svg{max-width:max(100%,36rem)}
figcaption,caption{font-weight:600;font-size:.85rem;text-align:left;padding:.3rem 0}
a{color:var(--accent)}
@media print{body{max-width:none;margin:0}section{break-inside:auto}h2,caption{break-after:avoid}
figure,tr{break-inside:avoid}.wide,figure>div{overflow:visible}
section>figure svg{max-width:100%}}
"""


def html_bytes(report: Report) -> bytes:
    """Return the report as one HTML file that asks nothing of any other host."""
    content = report.content
    body = "".join(
        f"<section id=s{place}><h2>{escape(section['title'])}</h2>"
        + "".join(_html(part, report.charts, section["title"]) for part in section["parts"])
        + ("" if place else _html_contents(content))
        + "</section>"
        for place, section in enumerate(content["sections"])
    )
    title = escape(content["title"])
    return (
        f'<!doctype html><html lang="{content["language"]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{in_html(report.stamped('report.html'))}"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p class="soft">{escape(content["subtitle"])}</p>{body}</main>'
        f"<footer>{escape(content['stamp'])}</footer></body></html>\n"
    ).encode()


def _html_contents(content: Content) -> str:
    lines = "".join(
        f'<li><a href="#s{place}">{escape(section["title"])}</a></li>'
        for place, section in enumerate(content["sections"])
    )
    title = escape(content["contents"])
    return f'<nav aria-label="{title}"><h3>{title}</h3><ol>{lines}</ol></nav>'


def _html(part: Part, charts: Sequence[str], section: str, *, wide: bool = True) -> str:
    if part["kind"] == "chart":
        drawn = charts[part["number"]]
        label = escape(part["alt"], quote=True)
        told = f"<figcaption>{escape(part['caption'])}</figcaption>"
        scrolls = ' tabindex="0"' if wide else ""
        return f'<figure><div role="img" aria-label="{label}"{scrolls}>{drawn}</div>{told}</figure>'
    if part["kind"] == "row":
        inside = "".join(_html(each, charts, section, wide=False) for each in part["parts"])
        return f'<div class="row">{inside}</div>'
    if part["kind"] == "table":
        return _html_table(part, section)
    if part["kind"] == "lead":
        return f'<p class="lead">{escape(part["words"])}</p>'
    if part["kind"] == "heading":
        return f"<h3>{escape(part['words'])}</h3>"
    if part["kind"] == "list":
        return "<ul>" + "".join(f"<li>{_links(words)}</li>" for words in part["words"]) + "</ul>"
    return "".join(f"<p>{_links(words)}</p>" for words in part["words"])


def _links(words: str) -> str:
    """Return words for a page, its addresses as links."""
    return "".join(
        f'<a href="{escape(link)}">{escape(text)}</a>' if link else escape(text)
        for text, link in linked(words)
    )


def _html_table(part: Grid, section: str) -> str:
    """Return a table that scrolls on a narrow screen, by the keyboard too."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if place in part['numbers'] else ''}>{_links(cell)}</{tag}>"
            for place, cell in enumerate(row)
        )

    head = cells(part["head"], "th")
    caption = f"<caption>{escape(part['caption'])}</caption>"
    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in part["rows"])
    label = escape(section, quote=True)
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


WRITTEN: Mapping[str, Callable[[Report], bytes]] = {  # by the ending of a file's name
    "pdf": pdf_bytes,
    "html": html_bytes,
    "docx": word_bytes,
    "pptx": slides_bytes,
}
