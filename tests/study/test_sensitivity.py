"""Sensitivity: textbook functions with known indices, known boxes, and what is said of them."""

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from cases import VINH_PHUC
from scipy.stats import binomtest

from sim.faults import InputFaults
from sim.files.carriers import SIDE_CAR, read_stamp
from sim.show.look import Look
from sim.show.studies.findings import box_rows, find, index_rows, targets_of
from sim.show.studies.telling import _level, drawings, finding_files, sentences
from sim.study.batch import here, read_columns, read_study, run_study
from sim.study.designs import Design, cube, design_of
from sim.study.prim import Box, Search, _doubt, boxes
from sim.study.sensitivity import RESAMPLES, indices, methods, settling
from sim.study.study_file import load_study
from sim.words import LANGUAGES, Words


def ishigami(cube):
    """Ishigami and Homma (1990) with a = 7, b = 0.1 on [-pi, pi]^3."""
    x = -np.pi + 2 * np.pi * cube
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def theory():
    """Return first and total indices from the variances in closed form."""
    a, b = 7, 0.1
    v1 = b * np.pi**4 / 5 + b**2 * np.pi**8 / 50 + 1 / 2
    v2, v13 = a**2 / 8, b**2 * np.pi**8 * 8 / 225
    whole = v1 + v2 + v13
    return (
        dict(zip("abc", np.array([v1, v2, 0]) / whole, strict=True)),
        dict(zip("abc", np.array([v1 + v13, v2, v13]) / whole, strict=True)),
    )


def design(kind, dimensions, samples, seed=1):
    found = Design(kind=kind, dimensions=dimensions, samples=samples, seed=seed)
    return found, found.rows(0, found.size)


def by(found, measure):
    return {index.factor: index for index in found if index.measure == measure}


def test_sobol_indices_of_ishigami_hold_the_theory_in_their_intervals():
    saltelli, x = design("saltelli", 3, 1024)
    found = indices("abc", x, ishigami(x), method="sobol", design=saltelli)
    for measure, known in zip(("first", "total"), theory(), strict=True):
        for factor, index in by(found, measure).items():
            assert index.low <= known[factor] <= index.high, (measure, factor, index)
            assert index.high - index.low < 0.25


def test_equal_seeds_give_equal_intervals_and_global_luck_is_untouched():
    saltelli, x = design("saltelli", 3, 64)
    before = np.random.get_state()[1].copy()  # noqa: NPY002  (whether it is left alone)
    one = indices("abc", x, ishigami(x), method="sobol", design=saltelli)
    assert one == indices("abc", x, ishigami(x), method="sobol", design=saltelli)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_morris_finds_the_slopes_of_a_plane():
    morris, x = design("morris", 3, 20)
    found = indices("abc", x, x @ np.array([3.0, -1.0, 0.0]), method="morris", design=morris)
    sizes = {name: index.value for name, index in by(found, "mu_star").items()}
    assert sizes == pytest.approx({"a": 3, "b": 1, "c": 0}, abs=1e-9)
    assert all(index.value == pytest.approx(0, abs=1e-9) for index in by(found, "sigma").values())


def test_pawn_puts_what_matters_first_whatever_the_design():
    cube, x = design("latin_hypercube", 4, 1000)
    found = by(indices("abcd", x, ishigami(x), method="pawn", design=cube), "pawn")
    assert found["b"].value > found["c"].value > 0
    assert found["a"].low > found["d"].high  # d does nothing


def test_second_order_indices_of_ishigami_hold_the_one_interplay_there_is():
    both = Design(kind="saltelli", dimensions=3, samples=2048, seed=1, second_order=True)
    x = both.rows(0, both.size)
    found = indices("abc", x, ishigami(x), method="sobol", design=both)
    first, total = theory()
    pairs = {index.factor + index.beside: index for index in found if index.measure == "second"}
    assert set(pairs) == {"ab", "ac", "bc"}
    known = {"ab": 0, "ac": total["c"], "bc": 0}  # all of c is its interplay with a
    for pair, index in pairs.items():
        assert index.low <= known[pair] <= index.high, (pair, index)
    for factor, index in by(found, "first").items():
        assert index.low <= first[factor] <= index.high


def test_rows_of_the_second_order_are_those_that_salib_draws():
    from SALib.analyze import sobol

    both = Design(kind="saltelli", dimensions=2, samples=256, seed=3, second_order=True)
    x = both.rows(0, both.size)
    a, swapped, b = x[0], x[1:5], x[5]
    assert swapped.tolist() == [[b[0], a[1]], [a[0], b[1]], [a[0], b[1]], [b[0], a[1]]]
    y = 2 * x[:, 0] + x[:, 0] * x[:, 1]
    known = sobol.analyze(cube(2), y, num_resamples=RESAMPLES, seed=np.random.default_rng(7))
    found = indices("ab", x, y, method="sobol", design=both, seed=7)
    assert [index.value for index in by(found, "first").values()] == known["S1"].tolist()
    (pair,) = (index for index in found if index.beside)
    assert (pair.value, pair.high) == (known["S2"][0, 1], pair.value + known["S2_conf"][0, 1])
    assert np.array_equal(both.rows(0, 6 * 128), replace(both, samples=128).rows(0, 6 * 128))


@pytest.mark.parametrize("kind", ["saltelli", "morris"])
def test_groups_move_together_and_have_one_index_each(kind):
    grouped = Design(kind=kind, dimensions=4, samples=64, groups=("on", "on", "off", "d"))
    x = grouped.rows(0, grouped.size)
    assert len(x) == 64 * grouped.group == 64 * {"saltelli": 5, "morris": 4}[kind]
    moved = x[1:4] != x[:3] if kind == "morris" else x[1:4] != x[0]
    assert {tuple(row) for row in moved.tolist()} == {
        (True, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    }
    method = {"saltelli": "sobol", "morris": "morris"}[kind]
    found = indices("abcd", x, x[:, 0] + 2 * x[:, 1], method=method, design=grouped)
    main = by(found, {"saltelli": "total", "morris": "mu_star"}[kind])
    assert list(main) == ["on", "off", "d"]
    assert main["on"].value > 0.5
    assert main["off"].value == main["d"].value == pytest.approx(0, abs=1e-12)
    assert not any(np.isnan(index.value) for index in found)  # a group has no sigma
    alone = indices("abcd", x, x[:, 0], method="pawn", design=grouped)
    assert [index.factor for index in alone] == list("abcd")


@pytest.mark.parametrize("kind", ["saltelli", "morris", "latin_hypercube", "grid"])
def test_indices_settle_on_those_of_all_points(kind):
    samples = {"saltelli": 64, "morris": 64, "latin_hypercube": 800, "grid": 1}[kind]
    own = Design(kind=kind, dimensions=3, samples=samples, steps=(9, 9, 9))
    x = own.rows(0, own.size)
    method = methods(own)[0]
    grown = settling("abc", x, ishigami(x), method=method, design=own)
    counts = sorted({points for points, _ in grown})
    assert counts[-1] == own.size
    assert len(counts) >= 3
    last = [index for points, index in grown if points == own.size]
    assert last == indices("abc", x, ishigami(x), method=method, design=own)
    if kind == "saltelli":  # the first of a longer design are the shorter one
        half = replace(own, samples=32)
        rows = half.rows(0, half.size)
        known = indices("abc", rows, ishigami(rows), method=method, design=half)
        assert [index for points, index in grown if points == half.size] == known


def test_few_points_have_no_way_to_tell():
    own, x = design("morris", 3, 3)
    assert {n for n, _ in settling("abc", x, x[:, 0], method="morris", design=own)} == {len(x)}


def test_prim_tells_what_coverage_more_density_costs():
    _, x = design("latin_hypercube", 5, 2000, seed=3)
    event = np.random.default_rng(1).random(2000) < np.where(box_of(x), 0.9, 0.05)
    steps = boxes("abcde", x, event).steps
    assert (steps[0].coverage, steps[0].mass, steps[0].limits) == (1, 1, {})
    assert steps[0].density == event.mean()
    assert all(a.mass > b.mass and a.coverage >= b.coverage for a, b in pairwise(steps))
    assert steps[-1].density > 0.8 > steps[0].density
    assert all(set(step.doubts) == set(step.limits) for step in steps)


def test_failed_points_take_their_base_sample_with_them():
    saltelli, x = design("saltelli", 3, 512)
    y = ishigami(x)
    holes = y.copy()
    holes[[3, 700]] = np.nan
    found = indices("abc", x, holes, method="sobol", design=saltelli)
    for factor, known in theory()[1].items():
        assert by(found, "total")[factor].value == pytest.approx(known, abs=0.1)


def test_an_answer_that_never_changes_has_no_indices():
    saltelli, x = design("saltelli", 2, 8)
    assert indices("ab", x, np.full(len(x), 0.3), method="sobol", design=saltelli) == []
    assert indices("ab", x, np.full(len(x), np.nan), method="sobol", design=saltelli) == []


def test_a_method_needs_its_design():
    cube, x = design("latin_hypercube", 2, 8)
    assert methods(cube) == ("pawn",)
    assert methods(None) == ("pawn",)
    with pytest.raises(ValueError, match="another design"):
        indices("ab", x, x[:, 0], method="sobol", design=cube)


def box_of(x):
    return (x[:, 0] > 0.2) & (x[:, 0] < 0.5) & (x[:, 2] > 0.6)


def test_prim_finds_the_known_box():
    _, x = design("latin_hypercube", 5, 2000, seed=3)
    (found,) = boxes("abcde", x, box_of(x)).boxes
    assert set(found.limits) == {"a", "c"}
    # the box ends at points: 0.005 is ten mean gaps of 2,000 points in a line
    assert found.limits["a"] == pytest.approx((0.2, 0.5), abs=0.005)
    assert found.limits["c"] == (pytest.approx(0.6, abs=0.005), np.inf)
    assert (found.coverage, found.density) == (1, 1)
    assert found.mass == pytest.approx(0.3 * 0.4, abs=0.01)


def test_prim_finds_a_noisy_box_and_nothing_beside_it():
    _, x = design("latin_hypercube", 5, 2000, seed=3)
    event = np.random.default_rng(1).random(2000) < np.where(box_of(x), 0.9, 0.05)
    (found,) = boxes("abcde", x, event).boxes
    assert set(found.limits) == {"a", "c"}
    # of the events 0.12 x 0.9 lie in the box and 0.88 x 0.05 outside it
    assert found.coverage == pytest.approx(0.108 / 0.152, abs=0.06)
    assert found.density == pytest.approx(0.9, abs=0.06)


def test_prim_finds_two_boxes_one_after_the_other():
    _, x = design("latin_hypercube", 5, 2000, seed=3)
    event = box_of(x) | ((x[:, 3] < 0.3) & (x[:, 4] < 0.3))
    first, second = boxes("abcde", x, event).boxes
    assert set(first.limits) == {"a", "c"}
    assert set(second.limits) == {"d", "e"}
    assert first.coverage + second.coverage == pytest.approx(1)


def test_prim_finds_values_of_a_list_and_no_box_in_noise():
    _, x = design("latin_hypercube", 3, 600)
    x[:, 1] = np.floor(x[:, 1] * 6)
    (found,) = boxes("abc", x, x[:, 1] <= 3).boxes
    assert found.limits == {"b": (-np.inf, 3.0)}
    noise = np.random.default_rng(2).random(600) < 0.5
    assert boxes("abc", x, noise).boxes == ()
    assert boxes("abc", x, np.zeros(600, dtype=bool)).boxes == ()


def test_a_limit_that_does_nothing_is_doubtful_and_one_that_does_is_not():
    _, x = design("latin_hypercube", 2, 400)
    event = x[:, 0] > 0.7
    (found,) = boxes("ab", x, event).boxes
    assert found.doubts["a"] == (pytest.approx(0, abs=1e-9), np.inf)
    low, high = np.array([0.7, 0.1]), np.full(2, np.inf)
    (a, b), _ = _doubt(x, event, low, high, 1)
    inside = (x > low).all(axis=1)
    freed = event[x[:, 1] > 0.1].mean()
    known = binomtest(event[inside].sum(), inside.sum(), freed, alternative="greater").pvalue
    assert a == pytest.approx(known, abs=1e-12)
    assert b == 1  # all points fail beyond 0.7, whatever the second factor
    none = boxes("ab", x, np.random.default_rng(3).random(400) < 0.1)
    assert none.boxes == ()  # every limit of whatever box there is may be chance
    few, _ = _doubt(x, event, low, high, 40)
    assert few[0] > a  # points that are not independent prove less


def test_prim_seeks_no_box_where_luck_alone_would_make_one():
    saltelli, x = design("saltelli", 18, 16)
    names = [f"x{place}" for place in range(18)]
    found = boxes(names, x, x[:, 0] > 0.8, group=saltelli.group)
    assert (found.boxes, found.rows, found.needed) == ((), 16, 180)
    assert boxes(names, x, x[:, 0] > 0.8).boxes  # were they 320 points of their own


@pytest.mark.parametrize("kind", ["latin_hypercube", "saltelli", "morris"])
def test_what_does_nothing_is_called_noise_by_pawn(kind):
    samples = {"latin_hypercube": 150, "saltelli": 32, "morris": 32}[kind]
    own, x = design(kind, 10, samples)
    found = indices("abcdefghij", x, 3 * x[:, 0] + x[:, 1] * x[:, 2], method="pawn", design=own)
    assert not found[0].is_noise
    assert found[0].noise == found[5].noise > 0
    assert sum(index.is_noise for index in found[3:]) >= 5  # of seven that do nothing


def test_the_seed_of_a_study_draws_its_dummies():
    own, x = design("latin_hypercube", 1, 40)
    found = [indices("a", x, x[:, 0], method="pawn", design=own, seed=s) for s in (8, 8, 9)]
    assert found[0] == found[1]
    assert found[0][0].noise != found[2][0].noise


STUDY = f"""
[study]
case = "{VINH_PHUC}"
replicates = 20

[design]
kind = "saltelli"
samples = 32

[factors.village_sites]
low = 0
high = 25

[factors.switch_off_2g]
values = [0, 12, 3]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    run_study(load_study(folder / "study.toml"), folder / "out", engine=here)
    return read_study(folder / "out"), read_columns(folder / "out")


def test_the_lever_that_builds_villages_moves_the_villages(finished):
    made, columns = finished
    assert targets_of(columns)[-1] == "all"
    (found,) = find(made, columns, targets=["covered_villages"], answer="p50")
    totals = by(found.indices, "total")
    assert totals["village_sites"].value > 0.9
    assert totals["switch_off_2g"].value == pytest.approx(0, abs=1e-9)
    head, rows = index_rows([found])
    assert len(rows) == 4
    assert rows[0][head.index("factor")] == "village_sites"


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_are_told_in_both_languages(finished, language):
    say = Words(language)
    made, columns = finished
    found = find(made, columns, fails_below=0.45)
    told = [line for each in found for line in sentences(each, made, say)]
    assert len(told) >= len(found)
    words = "\n".join(told)
    assert say("2G switch-off")[1:] + " = " + say("never") in words
    assert "= 0" not in words
    assert "qp <" in words
    assert f" {say('Village mobile sites')}" not in words  # no capital within a sentence
    for name, chart in drawings(found, made, Look(say=say)):
        assert name.startswith(("sensitivity-", "settling-", "trade-off-"))
        assert chart["description"].endswith(".")
    head, rows = box_rows(found, made)
    assert all(len(row) == len(head) for row in rows)


def test_files_hold_tables_sentences_and_charts(finished):
    made, columns = finished
    found = find(made, columns, targets=["mobile_broadband"])
    names = [name for name, content in finding_files(found, made, Words("en")) if content]
    names = [name for name in names if not name.endswith(SIDE_CAR)]
    tables = ["indices.csv", "settling.csv", "boxes.csv", "trade-off.csv"]
    assert names[:5] == [*tables, "boxes.txt"]
    assert "settling-mobile_broadband-chance.svg" in names
    assert "sensitivity-mobile_broadband-chance.pdf" in names


def test_files_say_which_scenario_threshold_and_method_they_are_of(finished):
    made, columns = finished
    made = {**made, "scenario_hashes": {**made["scenario_hashes"], "draft-plan": "0"}}
    told = {}
    for below in (0.45, 0.5):
        (found,) = find(made, columns, targets=["mobile_broadband"], fails_below=below)
        files = dict(finding_files([found], made, Words("en")))
        told[below] = files
        for name in ("indices.csv", "boxes.csv"):
            row = next(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))
            assert (row["scenario"], row["method"]) == ("baseline", "sobol")
            assert float(row["fails_below"]) == below
            asked = read_stamp(files[name + SIDE_CAR])["asked"]
            assert (asked["fails_below"], asked["passed_over"]) == (below, ["draft-plan"])
        line = f"base scenario baseline; method sobol; a chance below {below:.0%} counts as failing"
        assert files["boxes.txt"].decode().startswith(line + "; not shown: draft-plan")
        drawn = files["sensitivity-mobile_broadband-chance.svg"].decode()
        assert line in drawn
        assert read_stamp(drawn.encode())["asked"] == asked
    assert told[0.45] != told[0.5]


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_are_told_as_people_say_them(language):
    say = Words(language)
    share = {"vi": ("25%", "85,1%"), "en": ("25%", "85.1%")}[language]
    poorest = say("Poorest served first")
    for name, value, wanted in [
        ("switch_off_2g", 0, say("never")),
        ("switch_off_2g", 12, say("month {month}", month=12)),
        ("priority", "poorest", poorest[0].lower() + poorest[1:]),
        ("targeting", 0.25, share[0]),
        ("fibre_willing", 0.8514, share[1]),
        ("imitation", 7, "7"),
        ("permit_days", 9, "9 " + say("days")),
    ]:
        assert _level(name, value, say) == wanted


def test_where_no_conditions_are_found_the_reason_is_told(finished):
    made, columns = finished
    (found,) = find(made, columns, targets=["mobile_broadband"])
    box = Box(limits={}, coverage=0.5, density=0.6, mass=0.4, doubts={})
    for search, reason in [
        (Search(boxes=(), refused=None, rows=16, needed=180), "16 independent points, but 180 are"),
        (Search(boxes=(), refused=None, rows=500, needed=180), "no limit on any factor"),
        (Search(boxes=(), refused=box, rows=500, needed=180), "cover 50% of all failures"),
        (None, "fails at every point"),
    ]:
        one = replace(found, search=search, fails=1.0)
        assert reason in list(sentences(one, made, Words("en")))[-1]


OWN = """
def worst(forecast, summary):
    levels = forecast.tracks["covered_villages"].draws[:, :, -1]
    return {"worst": levels.mean(axis=0).min(), "same": 1.0}
"""


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grouped")
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    text = STUDY.replace("samples = 32", "samples = 16\nsecond_order = true")
    text = text.replace("high = 25\n", 'high = 25\ngroup = "sites and days"\n')
    text += '\n[factors.permit_days]\nlow = 5\nhigh = 60\ngroup = "sites and days"\n'
    text += '\n[outputs]\noutcomes = "own.py:worst"\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    run_study(load_study(folder / "study.toml"), folder / "out", engine=here)
    return read_study(folder / "out"), read_columns(folder / "out")


@pytest.mark.parametrize("language", LANGUAGES)
def test_outcomes_of_ones_own_groups_and_pairs_are_told_too(grouped, language):
    made, columns = grouped
    say = Words(language)
    found = find(made, columns, fails_below=0.97)
    assert [each.target for each in found[-2:]] == ["worst", "same"]
    worst, same = found[-2:]
    totals = by(worst.indices, "total")
    assert totals["sites and days"].value > totals["switch_off_2g"].value == 0
    (pair,) = (index for index in worst.indices if index.beside)
    assert {pair.factor, pair.beside} == {"sites and days", "switch_off_2g"}
    assert worst.fails == np.mean(np.array(columns["worst"]) < 0.97)
    assert not same.indices
    told = [*sentences(worst, made, say), *sentences(same, made, say)]
    assert any("sites and days" in line for line in told)
    assert told[-1].startswith("same: ")
    assert " 1 " in told[-1]
    for name, content in finding_files(found, made, say):
        if name.endswith(SIDE_CAR):
            every = json.loads(content)["tableSchema"]["columns"]
            assert all("dc:description" in entry for entry in every), name
    assert not find(made, columns, targets=["cost_bn_vnd"])[0].fails


def test_a_study_with_groups_is_made_again_as_it_was(grouped):
    design = design_of(grouped[0])
    assert (design.groups, design.second_order) == (GROUPS, True)
    assert design.size == 16 * 6 == len(grouped[1]["worst"])


GROUPS = ("sites and days", "sites and days", "switch_off_2g")


def test_factors_without_a_total_effect_make_no_conditions(finished):
    made, columns = finished
    (found,) = find(made, columns, targets=["covered_villages"], fails_below=0.02)
    assert found.search is None or all(
        set(box.limits) == {"village_sites"} for box in found.search.boxes
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"targets": ["covered_vilages"]}, "did you mean covered_villages?"),
        ({"method": "morris"}, "'morris' of a saltelli design; would do: sobol or pawn"),
        ({"method": "delta"}, "given 'delta'; would do: sobol or pawn"),
        ({"answer": "mean"}, "--answer"),
        ({"scenario": "basline"}, "did you mean baseline?"),
        ({"targets": ["all"], "answer": "p50"}, "one indicator"),
        ({"fails_below": 3.0}, "given 3; would do: a chance from 0 to 1"),
        ({"targets": ["cost_bn_vnd"], "fails_below": float("nan")}, "a finite number"),
    ],
)
def test_what_a_study_does_not_have_is_bad_input(finished, asked, message):
    with pytest.raises(InputFaults) as met:
        find(*finished, **asked)
    assert message in str(met.value)
