"""Studies: files checked with every fault listed, designs with known rows, points to worlds."""

from itertools import pairwise

import numpy as np
import pytest
from cases import VINH_PHUC
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from sim.faults import InputFaults
from sim.place.assumptions import draw, needs
from sim.place.levers import known
from sim.study.designs import Design
from sim.study.points import split
from sim.study.study import Factor
from sim.study.study_file import given_study, load_study

HEAD = f'[study]\ncase = "{VINH_PHUC}"\nreplicates = 10\n'
SOBOL = HEAD + '[design]\nkind = "sobol"\nsamples = 8\n'
KINDS = ("sobol", "saltelli", "latin_hypercube", "morris")


def study(tmp_path, text, **files):
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def faults(tmp_path, text, **files):
    with pytest.raises(InputFaults) as met:
        study(tmp_path, text, **files)
    return str(met.value)


def test_no_lever_is_called_like_an_assumption():
    assert set(known()).isdisjoint(needs())


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ("[factors.fibre_buld]\nlow = 0\nhigh = 1", "did you mean fibre_build?"),
        ("[factors.training]\nlow = 5\nhigh = 5", "an empty range, 5 to 5; would do: a low below"),
        ("[factors.training]\nlow = 5\nhigh = 2", "an empty range, 5 to 2"),
        ("[factors.training]\nlow = -1\nhigh = 2", "factors.training.low: given -1.0; would do: 0"),
        ("[factors.training]\nlow = 1", "factors.training.high: given nothing"),
        ("[factors.training]", "neither a range nor values"),
        ("[factors.training]\nvalues = [1, 1]", "1 again; would do: each value once"),
        ("[factors.training]\nvalues = []", "given an empty list"),
        ("[factors.training]\nlow = 1\nhigh = 2\nvalues = [1]", "both values and a range"),
        ("[factors.priority]\nvalues = ['best']", "one of plan_order, cheapest"),
        ("[factors.priority]\nlow = 0\nhigh = 1", "a range; would do: values"),
        ("[factors.switch_off_2g]\nvalues = [1.5]", "a whole number, 0 to 60"),
        ("[factors.imitation]\nlow = 1\nhigh = 1000", "0 to 100 ratio"),
        ("[factors.training]\nlow = 0\nhigh = nan", "finite number"),
        ("[factors.training]\nlow = 0\nhih = 2", "did you mean high?"),
        ("", "at least one factor"),
    ],
)
def test_every_fault_of_a_factor_is_named(tmp_path, factors, message):
    assert message in faults(tmp_path, SOBOL + factors)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ('kind = "saltelli"\nsamples = 12', "a power of two, such as 16"),
        ('kind = "sobol"', "design.samples: given nothing"),
        ('kind = "grid"', "no number of steps"),
        ('kind = "grid"\nsamples = 3', "none: a grid's factors have steps"),
        ('kind = "morris"\nsamples = 3', "morris with fewer than two factors"),
        ('kind = "sobol"\nsamples = 2000000000', "design.samples"),
        ('kind = "random"\nsamples = 3', "'grid', 'latin_hypercube'"),
        ('kind = "csv"', "factors beside a CSV of points"),
        ('kind = "sobol"\nsamples = 4\nfile = "x.csv"', "no file"),
        ('kind = "sobol"\nsamples = 4\nsecond_order = true', 'false, or kind = "saltelli"'),
        ('kind = "saltelli"\nsamples = 4\nsecond_order = true', "second_order with fewer than two"),
    ],
)
def test_every_fault_of_a_design_is_named(tmp_path, design, message):
    text = HEAD + f"[design]\n{design}\n[factors.training]\nlow = 0\nhigh = 2\n"
    assert message in faults(tmp_path, text)


@pytest.mark.parametrize(
    ("kind", "group", "message"),
    [
        ("sobol", "money", "only saltelli and morris designs have them"),
        ("saltelli", "imitation", "a name that no lever or assumption has"),
        ("saltelli", "", "factors.training.group"),
        ("saltelli", "=cmd", "factors.training.group"),
        ("morris", "money", "morris with fewer than two factors"),
    ],
)
def test_every_fault_of_a_group_is_named(tmp_path, kind, group, message):
    text = HEAD + f'[design]\nkind = "{kind}"\nsamples = 4\n'
    for name in ("training", "village_sites"):
        text += f'[factors.{name}]\nlow = 0\nhigh = 2\ngroup = "{group}"\n'
    assert message in faults(tmp_path, text)


def test_faults_of_a_file_come_all_at_once(tmp_path):
    text = SOBOL.replace("replicates = 10", 'targets = "none"\nscenarios = ["nowhere"]')
    message = faults(tmp_path, text + "[factors.trainin]\n[factors.fibre_build]\nlow = 2\nhigh = 1")
    for part in ("4 faults", "study.targets", "nowhere.toml", "trainin", "an empty range"):
        assert part in message


def test_faults_of_given_points_are_named_by_line(tmp_path):
    text = HEAD + '[design]\nkind = "csv"\nfile = "points.csv"\n'
    message = faults(tmp_path, text, points="training,colour\n1,2\n-4,2\n1\n")
    assert "header: given 'colour'" in message
    assert "line 3, training: given -4.0" in message
    assert "line 4: given 1 cells; would do: 2 cells" in message


@pytest.mark.parametrize("cell", ["1_0", "0x10", "1,5", "٣", "nan", "1e999", "2 %", "true"])
def test_a_cell_of_a_points_file_is_a_number_as_one_is_written(tmp_path, cell):
    text = HEAD + '[design]\nkind = "csv"\nfile = "points.csv"\n'
    assert "line 3, training" in faults(tmp_path, text, points=f'training\n1\n"{cell}"\n')


def test_a_point_given_twice_is_named_with_both_lines(tmp_path):
    text = HEAD + '[design]\nkind = "csv"\nfile = "points.csv"\n'
    message = faults(
        tmp_path, text, points="training,priority\n2,poorest\n1,poorest\n2.0,poorest\n"
    )
    assert "line 4: given the point of line 2 again; would do: each point once" in message


@pytest.mark.parametrize("kind", ["sobol", "latin_hypercube", "grid"])
def test_the_order_of_factors_in_a_file_changes_no_point(tmp_path, kind):
    head = HEAD + f'[design]\nkind = "{kind}"\n' + "samples = 8\n" * (kind != "grid")
    values = "values = [0, 5, 10]\n" if kind == "grid" else "low = 0\nhigh = 10\n"
    factors = [
        "[factors.training]\n" + values,
        '[factors.priority]\nvalues = ["cheapest", "poorest"]\n',
    ]
    one, other = (study(tmp_path, head + "".join(order)) for order in (factors, factors[::-1]))
    assert one.points(0, one.size) == other.points(0, other.size)
    assert one.described() == other.described()


def test_given_points_are_the_studys_points(tmp_path):
    text = HEAD + '[design]\nkind = "csv"\nfile = "points.csv"\n'
    points = "training,switch_off_2g,priority\n1.5,3,poorest\n2,0,cheapest\n"
    found = study(tmp_path, text, points=points)
    assert found.size == 2
    assert found.points(0, 9) == [
        {"training": 1.5, "switch_off_2g": 3, "priority": "poorest"},
        {"training": 2.0, "switch_off_2g": 0, "priority": "cheapest"},
    ]


def test_a_grid_takes_every_combination_ends_included(tmp_path):
    text = HEAD + '[design]\nkind = "grid"\n'
    text += "[factors.training]\nlow = 0\nhigh = 4\nsteps = 3\n"
    text += "[factors.priority]\nvalues = ['plan_order', 'poorest']\n"
    text += "[factors.imitation]\nsteps = 2\nlow = 5\nhigh = 6\n"
    found = study(tmp_path, text)
    assert [factor.name for factor in found.factors] == ["imitation", "priority", "training"]
    points = found.points(0, found.size)
    assert len(points) == found.size == 12
    assert len({tuple(point.values()) for point in points}) == 12
    assert {point["training"] for point in points} == {0.0, 2.0, 4.0}
    assert {point["imitation"] for point in points} == {5.0, 6.0}


@pytest.mark.parametrize("kind", [*KINDS, "grid"])
@given(cuts=st.lists(st.integers(0, 60), max_size=4))
def test_a_designs_rows_do_not_depend_on_how_they_are_asked_for(kind, cuts):
    design = Design(kind=kind, dimensions=3, samples=12, seed=5, steps=(2, 5, 3))
    whole = design.rows(0, design.size)
    assert whole.shape == (design.size, 3)
    assert whole.min() >= 0
    assert whole.max() <= 1
    ends = sorted({0, design.size, *(cut for cut in cuts if cut < design.size)})
    pieces = [design.rows(a, b) for a, b in pairwise(ends)]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_a_sobol_sequence_is_more_even_than_luck():
    rows = Design(kind="sobol", dimensions=4, samples=256, seed=1).rows(0, 256)
    luck = np.random.default_rng(1).random((256, 4))
    assert qmc.discrepancy(rows) < qmc.discrepancy(luck) / 5


def test_a_saltelli_design_is_in_the_order_its_analysis_expects():
    from SALib.sample import sobol

    design = Design(kind="saltelli", dimensions=3, samples=8, seed=1)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    theirs = sobol.sample(problem, 8, calc_second_order=False, seed=np.random.default_rng(1))
    assert np.array_equal(design.rows(0, design.size), theirs)


def test_a_latin_hypercube_has_one_point_in_every_slice():
    rows = Design(kind="latin_hypercube", dimensions=3, samples=20, seed=2).rows(0, 20)
    for column in rows.T:
        assert sorted(np.floor(column * 20)) == list(range(20))


@given(st.floats(0, 1))
def test_a_factor_stays_within_its_range(share):
    assert 2 <= Factor(name="training", low=2, high=3).at(share) <= 3
    whole = Factor(name="switch_off_2g", low=1, high=4, whole=True).at(share)
    assert whole in (1, 2, 3, 4)
    assert isinstance(whole, int)
    assert Factor(name="priority", values=("a", "b")).at(share) in ("a", "b")


def test_whole_numbers_are_equally_likely():
    factor = Factor(name="switch_off_2g", low=0, high=3, whole=True)
    found = [factor.at(share) for share in (np.arange(400) + 0.5) / 400]
    assert [found.count(number) for number in range(4)] == [100] * 4
    assert [factor.at(share, grid=True) for share in (0, 0.5, 1)] == [0, 2, 3]


def test_an_assumption_without_a_range_takes_its_own_distribution(tmp_path):
    found = study(tmp_path, SOBOL + "[factors.imitation]\n")
    values = [point["imitation"] for point in found.points(0, 8)]
    row = found.case.assumptions["imitation"]
    assert all(row.low <= value <= row.high for value in values)
    assert np.median(values) == pytest.approx(row.central, rel=0.1)


def test_assuming_holds_an_assumption_and_changes_nothing_else(vinh_phuc):
    held = vinh_phuc.assuming({"imitation": 5.0})
    assert held.hash != vinh_phuc.hash
    assert held.hash == vinh_phuc.assuming({"imitation": 5}).hash
    assert held.hash != vinh_phuc.assuming({"imitation": 5.5}).hash
    before = draw(list(vinh_phuc.assumptions.values()), 1, 20)
    after = draw(list(held.assumptions.values()), 1, 20)
    assert set(after["imitation"]) == {5.0}
    assert all(np.array_equal(after[k], before[k]) for k in before if k != "imitation")
    assert vinh_phuc.assumptions["imitation"].low < vinh_phuc.assumptions["imitation"].high
    assert vinh_phuc.assuming({}) is vinh_phuc
    with pytest.raises(KeyError):
        vinh_phuc.assuming({"luck": 1.0})


def test_a_point_parts_into_assumptions_and_levers():
    assert split({"imitation": 5, "training": 2.0}) == ({"imitation": 5.0}, {"training": 2.0})


def test_points_of_a_table_are_checked_like_a_files(vinh_phuc, tmp_path):
    plan = study(tmp_path, SOBOL + "[factors.imitation]\n").scenarios[0]
    with pytest.raises(InputFaults, match=r"point 1, training: given -1"):
        given_study(vinh_phuc, plan, [{"training": 1.0}, {"training": -1.0}])
    with pytest.raises(InputFaults, match="other columns"):
        given_study(vinh_phuc, plan, [{"training": 1.0}, {"targeting": 1.0}])
    with pytest.raises(InputFaults, match="no points"):
        given_study(vinh_phuc, plan, [])


def test_the_shipped_studies_are_read():
    from cases import SCENARIOS

    files = sorted((SCENARIOS.parent / "docs" / "studies").glob("*.toml"))
    assert files
    for path in files:
        found = load_study(path)
        assert found.size > 0
        assert all(name in known() or name in needs() for name in found.points(0, 1)[0])
