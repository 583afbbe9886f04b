"""Sections a report has when asked for: since last time, where to start, tasks."""

import json
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question, compare
from sim.ask.hindsight import look_back
from sim.ask.trials import try_all
from sim.faults import InputFaults
from sim.paper.parts import Facts
from sim.paper.report import build_report
from sim.paper.setting import WRITTEN
from sim.paper.verify import Verifier
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.place.scenario import load_scenario
from sim.place.stamp import stamp
from sim.rank import telling as starting
from sim.rank.start import where_to_start
from sim.tasks import telling as lateness
from sim.tasks.chances import chances
from sim.tasks.schedule import load_schedule
from sim.track.decisions import append, decision
from sim.track.since import holds, last_of, read_logged, since, since_of, state_then
from sim.track.why import State
from sim.words import LANGUAGES, Words

SEED, FEW = 7, 40
FIGURE = {
    "indicator": "fibre_households",
    "area": "VN",
    "date": "2022-02-28",
    "published": "2022-03-10",
    "value": 78.0,
    "unit": "%",
    "confidence": "medium",
    "source": "Sở TT&TT",
}
TODAY = {"vintage": "2022-03-31", "observations": [FIGURE]}
TASKS = (
    "id,name_vi,name_en,owner,kind,start,end,drives,source\n"
    "a,Xây cáp quang,Build fibre,Sở,building,2022-01-15,2022-06-30,fibre_build,own\n"
)


def asked(facts=None):
    own = from_json(facts or {}, Path("facts.toml"))
    case = load_case(VINH_PHUC, facts=own)
    targets = case.target_sets[case.default_targets]
    return Question(case=case, targets=targets, seed=SEED, replicates=FEW)


def plan_of(question, id="draft-plan"):
    return load_scenario(question.case, VINH_PHUC / f"{id}.toml")


def decided(path, question, plan, **said):
    (answer,) = compare(question, [plan])
    words = {"who": "Sở KH&CN", "why": "Khởi động", "day": "2022-01-15", **said}
    append(path, decision(question, answer, **words))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Return a log with a decision in January, and one about another place."""
    path, question = tmp_path_factory.mktemp("log") / "log.jsonl", asked()
    decided(path, question, plan_of(question))
    (answer,) = compare(question, [plan_of(question)])
    own = decision(question, answer, who="Bí mật", why="nơi khác", day="2022-01-15")
    append(path, own.model_copy(update={"case": "elsewhere"}))
    return path


def held_against(log, question, plan):
    logged = read_logged(log, question.case)
    today = State(case=question.case, targets=question.targets, plan=plan)
    then = state_then(today, last_of(logged, plan), [])
    return since(question, plan, logged, then)


@pytest.fixture(scope="module")
def moved(log):
    question = asked(TODAY)
    return held_against(log, question, plan_of(question))


def facts_of(question, plan, **more):
    plans = [plan, question.case.baseline]
    luck = {"seed": SEED, "replicates": FEW}
    return Facts(
        case=question.case,
        summaries=compare(question, plans),
        targets=question.targets,
        played=None,
        tried=(),
        made=stamp(question.case, plans, question.targets, **luck),
        **more,
    )


def test_the_parts_lead_from_what_was_logged_to_today(moved):
    assert moved.then is not None
    assert moved.then.case.head.vintage.isoformat() == "2022-01-15"
    logged = [each.chance for each in moved.last.promised]
    assert moved.why.before == pytest.approx(logged, abs=1e-12)
    for place, chance in enumerate(logged):
        parts = sum(part.moved[place] for part in moved.why.parts)
        assert chance + parts == pytest.approx(moved.why.now[place], abs=1e-12)
    assert {"time", "figure"} <= {part.kind for part in moved.why.parts}


def test_only_the_lines_about_the_place_are_carried_and_each_proves_itself(log, moved):
    entries = json.loads(json.dumps(moved.entries))
    assert (len(entries["lines"]), entries["count"]) == (1, 2)
    assert "Bí mật" not in json.dumps(entries, ensure_ascii=False)
    last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert entries["head"] == last["hash"]
    assert holds(entries["lines"][0])
    again = since_of(asked(TODAY), moved.today.plan, entries)
    assert again.entries == moved.entries
    assert again.why == moved.why
    entries["lines"][0]["entry"]["promised"][0]["chance"] = 0.5
    with pytest.raises(ValueError, match="as it was written"):
        since_of(asked(TODAY), moved.today.plan, entries)


def test_a_state_that_cannot_be_made_again_is_told_without_parts(log, tmp_path):
    text = log.read_text(encoding="utf-8")
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    question = asked()
    plan = plan_of(question)
    lost = replace(plan, levers={**plan.levers, "fibre_build": 1.0})
    decided(tmp_path / "log.jsonl", question, replace(lost, id="lost"))
    found = held_against(tmp_path / "log.jsonl", question, replace(plan, id="lost"))
    assert found.then is None
    assert found.why is None
    report = build_report(facts_of(question, plan, since=found), Words("en"))
    (section,) = (each for each in report.content["sections"] if each["title"] == "Since last time")
    told = json.dumps(section, ensure_ascii=False)
    assert "cannot be rebuilt" in told
    assert "As logged" in told


def test_a_plan_that_was_changed_since_is_a_part(log):
    question = asked()
    plan = plan_of(question)
    other = replace(plan, id="other", levers={**plan.levers, "fibre_build": 0.0})
    found = held_against(log, question, other)
    assert [part.kind for part in found.why.parts] == ["plan"]


@pytest.mark.parametrize("spoilt", ["Khởi→Khơi", "gone", "empty", "elsewhere"])
def test_a_log_that_will_not_do_is_told(log, tmp_path, spoilt):
    path, question = tmp_path / "log.jsonl", asked()
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    if spoilt == "Khởi→Khơi":
        path.write_text("".join(lines).replace("Khởi", "Khơi"), encoding="utf-8")
    elif spoilt != "gone":
        path.write_text("", encoding="utf-8")
    if spoilt == "elsewhere":
        question = replace(question, case=replace(question.case, head=named("somewhere")))
        path.write_text("".join(lines), encoding="utf-8")
    wanted = {"gone": "does not exist", "Khởi→Khơi": "broken chain"}.get(
        spoilt, "no decision about"
    )
    with pytest.raises(InputFaults, match=wanted):
        read_logged(path, question.case)


def named(id):
    return load_case(VINH_PHUC).head.model_copy(update={"id": id})


@pytest.fixture(scope="module")
def more(moved, tmp_path_factory):
    question = asked(TODAY)
    plan, path = moved.today.plan, tmp_path_factory.mktemp("tasks") / "tasks.csv"
    path.write_text(TASKS, encoding="utf-8")
    return facts_of(
        question,
        plan,
        since=moved,
        rank=where_to_start(question, plan, top=3, moved=False),
        tasks=chances(question, plan, load_schedule(question.case, path, plan)),
    )


def test_without_a_log_or_sections_no_byte_of_a_report_changes(more):
    plain = replace(more, since=None, rank=None, tasks=None)
    report = build_report(plain, Words("en"))
    assert not {"since", "rank", "tasks"} & {*report.made, *report.numbers}
    titles = [section["title"] for section in report.content["sections"]]
    assert not {"Since last time", "Where to start", "Tasks"} & {*titles}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_hold_the_numbers_of_the_commands(more, language):
    say = Words(language)
    sections = build_report(more, say).content["sections"]
    own = {section["title"]: section["parts"] for section in sections}
    assert [title for title in own if title in map(say, TITLES)] == [*map(say, TITLES)]
    tables = {
        title: [part for part in parts if part["kind"] == "table"] for title, parts in own.items()
    }
    assert tables[say("Where to start")][0]["rows"] == starting.rows(more.rank, say)
    told = (lateness.chance_rows, lateness.joint_rows, lateness.task_rows)
    late = [rows(more.tasks, say) for rows in told]
    assert [each["rows"] for each in tables[say("Tasks")]] == late
    captions = [each["caption"].partition(". ")[2] for each in tables[say("Tasks")]]
    titles = ("What delays do to the chances", "Date and cost together", "Tasks")
    assert captions == [*map(say, titles)]
    assert not {part["words"] for part in own[say("Tasks")] if part["kind"] == "heading"}


TITLES = ("Since last time", "Where to start", "Tasks")


@pytest.fixture(scope="module")
def whole(more):
    """Return the report on the same facts as the command writes it, and what verifies files."""
    question = asked(TODAY)
    past = look_back(question.case, seed=SEED, replicates=FEW)
    tried = try_all(question, more.focus.scenario)
    return build_report(replace(more, tried=tried, played=lambda: past), Words("vi")), Verifier(
        Words("en")
    )


@pytest.mark.parametrize("form", WRITTEN)
def test_a_report_with_more_sections_is_made_again_from_itself(whole, tmp_path, form):
    report, verifier = whole
    path = tmp_path / f"report.{form}"
    path.write_bytes(WRITTEN[form](report))
    if form == "pdf":
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        assert Words("vi")("Since last time") in " ".join(text.split())
    found = verifier.check(path)
    assert (found.status, found.why) == ("same", ())


def test_what_was_written_into_the_log_afterwards_is_found_in_a_report(whole, tmp_path):
    report, verifier = whole
    entries = json.loads(json.dumps(report.made["since"]))
    entries["lines"][0]["entry"]["promised"][0]["chance"] = 0.99
    forged = replace(report, made={**report.made, "since": entries})
    (tmp_path / "report.html").write_bytes(WRITTEN["html"](forged))
    assert verifier.check(tmp_path / "report.html").status == "unchecked"


def test_a_broken_log_and_odd_sections_are_told_at_once_and_nothing_is_written(
    log, tmp_path, ketnoi
):
    broken, out = tmp_path / "log.jsonl", tmp_path / "report.pdf"
    text = log.read_text(encoding="utf-8")
    broken.write_text(text.replace("Khởi", "Khơi"), encoding="utf-8")
    words = ("--case", VINH_PHUC, "--log", broken, "--sections", "start,task", "--tasks", "x.csv")
    done = ketnoi("report", *words, "--out", out, "--lang", "en")
    assert done.returncode == 2
    assert "3 faults to fix" in done.stderr
    assert "a broken chain" in done.stderr
    assert "--sections: given 'task'" in done.stderr
    assert "an option that has no effect here" in done.stderr
    assert list(tmp_path.iterdir()) == [broken]


def test_a_page_does_not_make_such_a_report_again(whole, tmp_path):
    report, _ = whole
    (tmp_path / "report.html").write_bytes(WRITTEN["html"](report))
    found = Verifier(Words("en"), most=10**9).check(tmp_path / "report.html")
    assert found.status == "unchecked"
    assert "too long for a page" in found.why[0]
