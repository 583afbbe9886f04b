"""Verify: good files of every kind are the same; whatever was altered is found."""

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from functools import cache, partial
from pathlib import Path

import commands
import pypdf
import pypdf.annotations
import pytest
from cases import VIET_NAM, VINH_PHUC
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject

from sim.ask.answers import Question, answer, compare
from sim.ask.hindsight import look_back
from sim.ask.trials import ranked, trials, try_all
from sim.faults import InputFaults
from sim.files.carriers import SIDE_CAR, chunks, in_png, read_stamp
from sim.paper.folders import KINDS, hindsight_files, result_files
from sim.paper.parts import Facts, focus
from sim.paper.report import build_report
from sim.paper.setting import html_bytes, pdf_bytes
from sim.paper.verify import Verifier, named
from sim.place.case import load_case
from sim.place.scenario import changed, load_scenario
from sim.place.stamp import digest, encoded
from sim.show.bars import difference, differences
from sim.show.figures import Shown
from sim.words import Words

SEED, FEW = 7, 40


def lay(folder, files):
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def made_by(folder, ids, language):
    """Return what is shown of some plans, and the plans."""
    case = load_case(folder)
    plans = [load_scenario(case, folder / f"{id}.toml") for id in ids]
    return shown_of(case, plans, language), plans


def shown_of(case, plans, language):
    targets = case.target_sets[case.default_targets]
    question = Question(case=case, targets=targets, seed=SEED, replicates=FEW)
    return Shown(question=question, say=Words(language), summaries=compare(question, plans))


CHOICES = {
    "fan": {"indicator": "mobile_broadband"},
    "map": {"indicator": "fibre_households", "month": "2022-06"},
    "areas": {"indicator": "fibre_households", "month": "2022-06"},
    "waiting": {"programme": "fibre_build"},
    "overlay": {"indicator": "fibre_households"},
    "difference": {"indicator": "fibre_households", "against": "baseline"},
    "differences": {"against": "baseline"},
    "gains": {"indicator": "covered_villages", "month": "2022-12"},
    "starts": {"indicator": "fibre_households"},
    "hindsight": {"indicator": "fibre_households"},
}
ALONE = ("fan", "map", "areas", "waiting", "money", "allocation")
ALTERED_LATER = ("overlay", "differences", "areas")  # as tables
NO_PLAN = ("assumptions", "effects", "observations", "starts", "forecasts", "hindsight")


def page_files():
    """Yield a file of each figure of the pages, in turn as each kind of file."""
    shown, plans = made_by(VINH_PHUC, ["draft-plan", "baseline"], "vi")
    question = shown.question
    answers = [answer(question, plan) for plan in plans]
    others = {
        "asked",
        "came",
        "rank",
        "tasks",
        "track",
        "worth",
    }  # of answers that have pages of their own
    drawn_here = {n: kind for n, kind in KINDS.items() if not others & {n, kind.folder}}
    for turn, (name, kind) in enumerate(drawn_here.items(), start=1):
        own = answers[:1] if name in ALONE else [] if name in NO_PLAN else answers
        facts = Shown.on_page(question, shown.say, own, lambda: answers[1].summary)
        drawn = kind(facts, **CHOICES.get(name, {}))
        form = "csv" if name in ALTERED_LATER else drawn.forms[turn % len(drawn.forms)]
        yield f"{name}.{form}", drawn.file(form)


def helped_files():
    """Yield what the page offers of levers moved one at a time."""
    shown, (plan,) = made_by(VINH_PHUC, ["draft-plan"], "en")
    question, case = shown.question, shown.case
    base, *others = (answer(question, each) for each in (plan, *trials(case, plan)))
    moving, _ = ranked(others, base, shown.targets, shown.targets.targets[1])
    page = Shown.on_page(question, shown.say, [base, *moving])
    chosen = {"indicator": "covered_villages", "against": plan.id}
    yield "helped.svg", difference(page, **chosen).file("svg")
    yield "helped.csv", differences(page, against=plan.id).file("csv")


def reports(folder, ids, language):
    shown, plans = made_by(folder, ids, language)
    case, question = shown.case, shown.question
    played = cache(partial(look_back, case, seed=SEED, replicates=FEW))
    facts = Facts(case=case, summaries=shown.summaries, targets=shown.targets, played=played,
                  tried=try_all(question, focus(plans)), made=shown.made)  # fmt: skip
    report = build_report(facts, shown.say)
    yield "report.pdf", pdf_bytes(report)
    yield "report.html", html_bytes(report)


def past_files():
    yield from hindsight_files(shown_of(load_case(VINH_PHUC), [], "en"))


def run_files(folder, ids, language, wanted):
    """Yield those files of a run that are wanted; of the others' charts none is drawn."""
    for name, content in result_files(made_by(folder, ids, language)[0]):
        if re.search(wanted, name):
            yield name, content


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Return a folder of good files: of runs, pages, reports and back-tests."""
    folder = tmp_path_factory.mktemp("good")
    wanted = r"csv|xlsx|json$|draft-plan/(fan-fibre.*svg|map-fibre.*png)|charts/verdicts.pdf"
    lay(folder / "vp", run_files(VINH_PHUC, ["draft-plan", "baseline"], "en", wanted))
    wanted = r"verdicts.csv|xlsx|draft-plan/map-fibre"
    lay(folder / "vn", run_files(VIET_NAM, ["draft-plan"], "vi", wanted))
    lay(folder / "page", page_files())
    lay(folder / "helped", helped_files())
    lay(folder / "vi", reports(VINH_PHUC, ["baseline", "draft-plan"], "vi"))
    lay(folder / "past", ((n, c) for n, c in past_files() if "fibre" in n or "csv" in n))
    return folder


@pytest.fixture(scope="module")
def verifier():
    return Verifier(Words("en"))


def test_good_files_of_every_kind_are_the_same(good, verifier):
    files = named([good])
    assert len(files) >= 30
    assert {path.suffix for path in files} == {
        ".csv", ".xlsx", ".json", ".svg", ".png", ".pdf", ".html"}  # fmt: skip
    checks = [verifier.check(path) for path in files]
    assert [(check.file, check.why) for check in checks if check.status != "same"] == []
    side = verifier.check(good / "vp" / ("verdicts.csv" + SIDE_CAR))
    assert side.status == "same"


# What can be done to a file. Each takes its bytes and returns others.


def text(old, new, count=1):
    def alter(content):
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), count)

    return alter


def entry(name, value, *, honest=False):
    """Change an entry of a stamp, wherever it stands; with a new checksum if so wished."""

    def alter(content):
        stamped = read_stamp(content)
        whole = {**stamped, name: value(stamped[name]) if callable(value) else value}
        if honest:
            whole.pop("checksum")
            whole["checksum"] = digest(whole)
        return restamped(content, stamped, whole)

    return alter


def restamped(content, old, new):
    if content.startswith(b"\x89PNG"):
        bare = b"".join(
            len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
            for name, body in chunks(content)
            if name != b"iTXt"
        )
        return in_png(content[:8] + bare, encoded(new))
    if content.startswith(b"PK"):
        return repacked(content, "docProps/core.xml", lambda part: part.replace(
            encoded(old).encode(), encoded(new).encode()))  # fmt: skip
    if content.startswith(b"%PDF"):
        writer = pypdf.PdfWriter(io.BytesIO(content))
        writer.add_metadata({"/Subject": encoded(new)})
        return written(writer)
    if content.startswith(b"{"):
        whole = json.loads(content)
        if "notes" in whole:
            whole["notes"] = [{"ketnoi": new}]
            return (json.dumps(whole, indent=1) + "\n").encode()
        return (json.dumps(new, indent=2, ensure_ascii=False) + "\n").encode()
    if content.startswith(b"<!doctype"):
        one, other = (html.escape(encoded(each)) for each in (old, new))
        return content.replace(one.encode(), other.encode())
    return content.replace(encoded(old).encode(), encoded(new).encode())


def repacked(content, part, change):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if re.fullmatch(part, info.filename):
                changed_ = change(body)
                assert changed_ != body
                body = changed_
            new.writestr(info, body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def part(name, old, new):
    def alter(content):
        return repacked(content, name, lambda body: body.replace(old, new, 1))

    return alter


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def without_page(content):
    reader, writer = pypdf.PdfReader(io.BytesIO(content)), pypdf.PdfWriter()
    for page in reader.pages[:-1]:
        writer.add_page(page)
    writer.add_metadata(reader.metadata)
    return written(writer)


def saved_again(content):
    return written(pypdf.PdfWriter(io.BytesIO(content)))


def overdrawn(content):
    """Draw a small bar on the first page."""
    writer = pypdf.PdfWriter(io.BytesIO(content))
    page, bar = writer.pages[0], DecodedStreamObject()
    bar.set_data(b"\n0 g 100 100 3 1 re f\n")
    page[NameObject("/Contents")] = ArrayObject([page["/Contents"].indirect_reference,
                                                 writer._add_object(bar)])  # fmt: skip
    return written(writer)


def noted(content):
    writer = pypdf.PdfWriter(io.BytesIO(content))
    writer.add_annotation(0, pypdf.annotations.FreeText(text="99%", rect=(50, 550, 200, 650)))
    return written(writer)


def rewritten(content, more=0.0):
    """Write a workbook as another program does: digits, texts in cells, other styles, no packing.

    Args:
        content: the workbook.
        more: added to the first number of its verdicts.
    """
    strings = []

    def texts(body):
        strings[:] = re.findall(rb"<si><t[^>]*>(.*?)</t></si>", body, flags=re.DOTALL)
        return body + b" "

    def word(found):
        place, style, number = found.groups()
        return b'<c r="%b"%b t="inlineStr"><is><t>%b</t></is>' % (
            place, style, strings[int(number)])  # fmt: skip

    def number(found):
        place, style, value = found.groups()
        value = float(value) * (1 + 3e-16) + (more if place == b"E2" else 0)
        return b'<c r="%b"%b><v>%b</v>' % (place, style, repr(value).encode())

    def cells(body):
        body = re.sub(rb'<c r="(\w+)"( s="\d+"|) t="s"><v>(\d+)</v>', word, body)
        return re.sub(rb'<c r="(\w+)"( s="\d+"|)><v>([^<]*)</v>', number, body)

    content = repacked(content, "xl/sharedStrings.xml", texts)
    return repacked(content, r"xl/worksheets/sheet[1345678].xml", cells)


def semicolons(content):
    """Save a table as a spreadsheet in Vietnamese does: semicolons, commas in numbers."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=";")
    for row in rows:
        write.writerow([re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def repacked_picture(content):
    picture, about = Image.open(io.BytesIO(content)), PngInfo()
    about.add_itxt("ketnoi", picture.text["ketnoi"])
    out = io.BytesIO()
    picture.save(out, "png", pnginfo=about, compress_level=1)
    return out.getvalue()


def swapped(content):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    rows[1], rows[2] = rows[2], rows[1]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def one_number_more(content):
    lines = content.decode().split("\n")
    cells = lines[1].split(",")
    place = next(i for i, cell in enumerate(cells) if re.fullmatch(r"0\.\d{4,}", cell))
    cells[place] = str(round(float(cells[place]) + 0.01, 10))
    return "\n".join([lines[0], ",".join(cells), *lines[2:]]).encode()


def flipped(content):
    """Change the picture itself: one byte of its packed pixels, with a right checksum."""
    place = content.index(b"IDAT")
    raw = bytearray(zlib.decompress(b"".join(b for n, b in chunks(content) if n == b"IDAT")))
    raw[len(raw) // 2] ^= 0xFF
    body = zlib.compress(bytes(raw))
    new = b"IDAT" + body
    new = len(body).to_bytes(4, "big") + new + zlib.crc32(new).to_bytes(4, "big")
    return content[: place - 4] + new + content[-12:]


def more(levers):
    first, *others = levers
    return [{**first, "levers": {**first["levers"], "permit_days": 21}}, *others]


def reasoned(levers):
    first, *others = levers
    return [{**first, "why": {**first["why"], "en": "Because."}}, *others]


TABLE, SIDE = "vp/verdicts.csv", "vp/verdicts.csv" + SIDE_CAR
BOOK, SVG = "vp/results.xlsx", "vp/charts/draft-plan/fan-fibre_households.svg"
PNG, DRAWN = "vp/charts/draft-plan/map-fibre_households.png", "vp/charts/verdicts.pdf"
PDF, HTML, JSON = "vi/report.pdf", "vi/report.html", "vp/stamp.json"
LIST, PAST = "page/differences.csv", "past/forecasts.csv"
NUMPY = {"numpy": "1.0.0"}
ALTERED = [
    (TABLE, one_number_more, "line 2, "),
    (TABLE, swapped, "line 2"),
    (TABLE, text("fibre_households", "fibre_homes"), "line 2, indicator"),
    (TABLE, text("2022-12-31", "2023-12-31"), "line 2, deadline"),
    (TABLE, lambda content: content + b"more,rows\n", "line 8"),
    (TABLE, lambda content: content[: len(content) // 2], "line"),
    (SIDE, entry("seed", 8), "checksum"),
    (SIDE, entry("seed", 8, honest=True), "hash of the numbers"),
    (SIDE, entry("ketnoi", "9.9", honest=True), "version of ketnoi: 9.9 in the stamp"),
    (SIDE, entry("needs", lambda old: {**old, **NUMPY}, honest=True), "numpy: 1.0.0 in the stamp"),
    (SIDE, entry("case_hash", "0" * 64, honest=True), "the case's figures and assumptions"),
    (SIDE, entry("scenarios", more, honest=True), "the levers of the scenario draft-plan"),
    (SIDE, entry("scenarios", reasoned), "checksum"),
    (SIDE, entry("replicates", 41, honest=True), "hash of the numbers"),
    (LIST, one_number_more, "line 2"),
    (LIST, entry("numbers", "0" * 64, honest=True), "hash of the numbers"),
    (PAST, one_number_more, "line 2"),
    (BOOK, part("xl/worksheets/sheet3.xml", b"<v>0.7", b"<v>0.8"), "Verdicts!"),
    (BOOK, part("xl/sharedStrings.xml", b"% of households", b"% of people"), "% of people"),
    (BOOK, part("xl/workbook.xml", b"Verdicts", b"Verdict"), "Verdict"),
    (BOOK, part("xl/charts/chart1.xml", b"Chance", b"Change"), "other parts"),
    (BOOK, part("xl/styles.xml", b"0.0%", b"0.1%"), "xl/styles.xml"),
    (BOOK, entry("seed", 9), "checksum"),
    (BOOK, part("xl/worksheets/sheet1.xml", b"</sheetData>",
                b'<row r="9"><c r="A9"><f>1+1</f><v>2</v></c></row></sheetData>'), "!A9"),
    (SVG, text("% of households", "% of people"), "% of people"),
    (SVG, text("seed 7", "seed 8"), "text"),
    (SVG, text("#0a6aa8", "#0a6aff"), "the drawing differs"),
    (PDF, overdrawn, "the drawing differs"),
    (PDF, noted, "the drawing differs"),
    (BOOK, lambda content: rewritten(content, 0.01), "Verdicts!E2"),
    (TABLE, lambda content: semicolons(one_number_more(content)), "line 2, "),
    (SVG, entry("code", "0" * 16, honest=True), "Nothing else differs"),
    (SVG, entry("needs", lambda old: {**old, "vl-convert-python": "0.1"}, honest=True),
     "vl-convert-python: 0.1 in the stamp"),
    (PNG, flipped, "the picture differs"),
    (PNG, entry("targets", "other", honest=True), "cannot make"),
    (PNG, entry("figure", lambda old: {**old, "month": "2023-01"}, honest=True), "picture"),
    (DRAWN, entry("vintage", "2022-01-16", honest=True), "vintage: 2022-01-16"),
    (PDF, without_page, "pages"),
    (PDF, entry("seed", 8), "checksum"),
    (HTML, text("<td class=n>", "<td class=n>1"), "text"),
    (HTML, text("Vĩnh Phúc", "Vĩnh Phuc"), "Vĩnh Phuc"),
    (HTML, entry("targets_hash", "0" * 64, honest=True), "the targets"),
    (JSON, text('"seed": 7', '"seed": 8'), "checksum"),
    ("page/overlay.csv", text("draft-plan", "final-plan"), "line 2, scenario final-plan"),
]  # fmt: skip


RESAVED = [
    (TABLE, lambda content: content.replace(b"\n", b"\r\n")),
    (TABLE, semicolons),
    (SIDE, lambda content: json.dumps(json.loads(content)).encode()),
    (BOOK, part("docProps/core.xml", b"2000-01-01", b"2001-01-01")),
    (BOOK, rewritten),
    (DRAWN, saved_again),
    (PDF, saved_again),
    (PNG, repacked_picture),
    (SVG, lambda content: content.replace(b"><", b">\n<")),
    (HTML, lambda content: content.replace(b"<td class=n>", b'<td class="n">')),
    (JSON, lambda content: content.replace(b"  ", b"\t")),
]


@pytest.mark.parametrize("number", range(len(RESAVED)))
def test_a_file_that_another_program_saved_is_not_accused(number, good, verifier, tmp_path):
    name, save = RESAVED[number]
    path, content = tmp_path / Path(name).name, (good / name).read_bytes()
    path.write_bytes(save(content))
    assert path.read_bytes() != content
    side = good / (name + SIDE_CAR)
    if side.exists():
        (tmp_path / side.name).write_bytes(side.read_bytes())
    check = verifier.check(path)
    assert (check.status, check.places) == ("resaved", ())
    assert "altered" not in " ".join(check.why)


def told(check):
    places = [f"{each.place} {each.given}" for each in check.places]
    return "\n".join([*check.why, *places])


@pytest.fixture(scope="module")
def altered(good, verifier, tmp_path_factory):
    """Return what is said of each altered file."""
    folder = tmp_path_factory.mktemp("altered")
    found = []
    for number, (name, alter, _) in enumerate(ALTERED):
        own = folder / str(number)
        own.mkdir()
        path = own / Path(name).name
        content = (good / name).read_bytes()
        path.write_bytes(alter(content))
        assert path.read_bytes() != content, (number, name)
        side = good / (name + SIDE_CAR)
        if side.exists():
            (own / side.name).write_bytes(side.read_bytes())
        found.append(verifier.check(path))
    return found


def test_every_altered_file_is_found_and_told_why(altered):
    assert len(ALTERED) >= 40
    same = [name for (name, *_), check in zip(ALTERED, altered, strict=True)
            if check.status == "same"]  # fmt: skip
    assert same == []
    silent = [
        (number, name, wanted, told(check))
        for number, ((name, _, wanted), check) in enumerate(zip(ALTERED, altered, strict=True))
        if wanted not in told(check)
    ]
    assert silent == []


def test_a_number_is_told_with_what_it_should_be(altered):
    (place,) = altered[0].places
    assert place.difference == pytest.approx(0.01)
    assert altered[0].as_json()["places"][0]["difference"] == pytest.approx(0.01)


def test_another_version_alone_is_told_as_no_more_than_that(altered):
    (check,) = [
        check
        for (_, _, why), check in zip(ALTERED, altered, strict=True)
        if why == "Nothing else differs"
    ]
    assert check.places == ()
    assert len(check.why) == 2


GARBAGE = {
    "empty.csv": b"",
    "noise.png": b"\x89PNG\r\n\x1a\n" + os.urandom(200),
    "short.png": b"\x89PNG",
    "noise.pdf": b"%PDF-1.7\n" + os.urandom(500),
    "noise.xlsx": b"PK\x03\x04" + os.urandom(200),
    "noise.bin": os.urandom(1000),
    "plain.txt": b"hello",
    "list.json": b"[1, 2]",
    "object.json": b'{"ketnoi": 1, "file": 3}',
    "deep.json": b'{"a":' * 5000,
    "null.svg": b'<svg><metadata id="ketnoi">null</metadata></svg>',
    "last.csv": b"a,b\n# ketnoi {\n",
    "study.csv": b'a\n# ketnoi {"ketnoi":"1","file":"sensitivity/x.csv"}\n',
    "bom.csv": b"\xef\xbb\xbf",
}


@pytest.mark.parametrize("name", sorted(GARBAGE))
def test_garbage_is_said_to_be_uncheckable(name, tmp_path, verifier):
    path = tmp_path / name
    path.write_bytes(GARBAGE[name])
    check = verifier.check(path)
    assert check.status != "same"
    assert check.why


WRONG = {
    "case": "../../etc",
    "replicates": 10**9,
    "seed": -1,
    "language": "fr",
    "file": "run/../../x.csv",
    "targets": "none",
    "scenarios": [{}],
    "needs": {"numpy": 3},
    "figure": {"drawn": "nothing"},
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_stamp_that_asks_for_nonsense_is_not_followed(name, good, tmp_path, verifier):
    path = tmp_path / "x.svg"
    path.write_bytes(entry(name, WRONG[name], honest=True)((good / SVG).read_bytes()))
    assert verifier.check(path).status != "same"


def test_a_case_that_is_not_here_or_another_is_said(good, tmp_path):
    path = tmp_path / "x.svg"
    path.write_bytes(entry("case", "atlantis", honest=True)((good / SVG).read_bytes()))
    assert "atlantis is not here" in Verifier(Words("en")).check(path).why[0]
    other = Verifier(Words("vi"), VIET_NAM).check(good / SVG)
    assert other.status == "unchecked"
    assert "vietnam-2022" in other.why[0]


def test_a_case_that_has_changed_is_named(good, tmp_path):
    folder = Path(shutil.copytree(VINH_PHUC, tmp_path / "vinh-phuc-2022"))
    (folder / "targets.toml").write_text((folder / "targets.toml").read_text().replace("85", "84"))
    check = Verifier(Words("en"), folder).check(good / TABLE)
    assert check.status == "differs"
    assert any(line.startswith("the targets") for line in check.why)


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(InputFaults, match="does not exist"):
        named([tmp_path / "x", tmp_path])


def test_a_plan_of_ones_own_is_in_its_file(tmp_path, verifier, vinh_phuc):
    plan = changed(vinh_phuc, vinh_phuc.baseline, {"permit_days": 21})
    files = result_files(shown_of(vinh_phuc, [plan], "vi"))
    lay(tmp_path, ((name, content) for name, content in files if "csv" in name))
    assert {verifier.check(path).status for path in named([tmp_path])} == {"same"}


FRESH = f"""
import sys
from pathlib import Path
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]
from test_verify import VINH_PHUC, lay, reports, run_files
folder = Path(sys.argv[1])
lay(folder, run_files(VINH_PHUC, ["fibre-first"], "vi", "csv|xlsx|json$|map-fibre|fibre_build"))
lay(folder, reports(VINH_PHUC, ["fibre-first"], "vi"))
"""


def test_fresh_processes_write_the_same_bytes_whatever_the_hash_seed(tmp_path):
    running = [
        subprocess.Popen([sys.executable, "-c", FRESH, str(tmp_path / seed)],
                         env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]  # fmt: skip
    assert [each.wait() for each in running] == [0, 0]
    one, other = tmp_path / "1", tmp_path / "2"
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert {path.suffix for path in files} == {
        ".pdf", ".svg", ".png", ".csv", ".xlsx", ".html", ".json"}  # fmt: skip
    assert [
        name for name in files if (one / name).read_bytes() != (other / name).read_bytes()
    ] == []


def ketnoi(*words):
    done = commands.run("verify", *words)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_command_says_what_it_found_and_exits_so(good, tmp_path):
    page = good / "page" / "areas.csv"
    done = ketnoi(page, "--lang", "vi")
    assert (done.returncode, done.stdout) == (0, f"{page}: giống\n")
    assert f"bộ dữ liệu trong thư mục {VINH_PHUC}" in done.stderr
    other = tmp_path / "areas.csv"
    rows = page.read_bytes().split(b"\n")
    rows[1] = rows[1].replace(b",", b",1", 1)
    other.write_bytes(b"\n".join(rows))
    done = ketnoi(other, "--lang", "en")
    assert done.returncode == 1
    assert f"{other}: differs" in done.stdout
    done = ketnoi("--json", page, other)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [each["status"] for each in told["files"]] == ["same", "differs"]
    assert told["cases"] == [str(VINH_PHUC)]
    assert ketnoi(tmp_path / "nowhere").returncode == 2
