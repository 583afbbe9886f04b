"""Cases: what is known on the vintage day, and every fault of a broken folder at once."""

from datetime import date

import pytest

from sim.faults import InputFaults
from sim.months import month_end, month_ends, months_between
from sim.place.case import load_case


def faults_of(folder):
    with pytest.raises(InputFaults) as caught:
        load_case(folder)
    return str(caught.value)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(path, *cells):
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(cells) + "\n")


def test_viet_nam_has_63_provinces_that_add_up(viet_nam):
    assert len(viet_nam.areas) == 63
    assert viet_nam.columns["villages"].sum() == viet_nam.nation.villages.value
    assert viet_nam.start == date(2021, 12, 31)
    assert viet_nam.months[0] == date(2022, 1, 31)
    assert viet_nam.months[-1] == date(2030, 12, 31)


def test_vinh_phuc_has_nine_districts_and_follows_the_country(vinh_phuc):
    assert len(vinh_phuc.areas) == 9
    assert vinh_phuc.reference == "VN"


@pytest.mark.parametrize("name", ["viet_nam", "vinh_phuc"])
def test_nothing_published_after_the_vintage_is_known(name, request):
    case = request.getfixturevalue(name)
    assert all(row.published <= case.head.vintage for row in case.observations)
    late = {
        name for name, column in case.column_sources.items() if column.published > date(2022, 1, 15)
    }
    assert not late & set(case.columns)


def test_a_later_vintage_knows_more_and_starts_later():
    from cases import VIET_NAM

    later = load_case(VIET_NAM, vintage=date(2022, 11, 30))
    assert later.start == date(2022, 11, 30)
    assert len(later.observations) > len(load_case(VIET_NAM).observations)


def test_the_hash_follows_what_a_run_may_use(copy):
    before = load_case(copy).hash
    (copy / "outcomes.csv").unlink()
    assert load_case(copy).hash == before
    edit(copy / "assumptions.csv", "0.685", "0.7")
    assert load_case(copy).hash != before


def test_a_missing_folder_is_one_clear_fault(tmp_path):
    assert "a folder that does not exist" in faults_of(tmp_path / "nowhere")


def test_every_fault_of_every_file_comes_in_one_list(copy):
    edit(copy / "case.toml", "vintage = 2022-01-15", 'vintage = "soon"')
    edit(copy / "targets.toml", "[sets.", "[sets..")
    edit(copy / "assumptions.csv", "0.685", "nan")
    edit(copy / "areas.csv", "\n01,", "\n02,")
    append(copy / "observations.csv", "2021-12-31", "fibre_housholds", "VN", "65", "%",
           "2021-12-31", "a source", "high", "")  # fmt: skip
    text = faults_of(copy)
    assert text.splitlines()[0] == "5 faults to fix"
    for part in (
        "case.toml: case.vintage: given 'soon'; would do: a date such as 2022-12-31",
        "targets.toml: given malformed TOML",
        "line",
        "assumptions.csv: line 2, central: given 'nan'; would do: a finite number",
        "areas.csv: line 3: given code 02 again (first on line 2); would do: each area once",
        "fibre_housholds",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["2021-12-31", "fibre_households", "ZZ", "65", "%", "2021-12-31", "a b c", "high", ""],
         "area 'ZZ'; would do: an area of areas.csv"),
        (["2021-12-31", "fibre_households", "VN", "165", "%", "2021-12-31", "a b c", "high", ""],
         "given 165 %; would do: at most 100 %"),
        (["2021-12-31", "fibre_households", "VN", "-1", "%", "2021-12-31", "a b c", "high", ""],
         "at least 0"),
        (["2021-12-31", "fibre_households", "VN", "65", "per 100", "2021-12-31", "a b c", "high",
          ""], "unit 'per 100' for fibre_households; would do: %"),
        (["2041-12-31", "fibre_households", "VN", "65", "%", "2041-12-31", "a b c", "high", ""],
         "would do: a day by the horizon 2030-12-31"),
        (["31/12/2021", "fibre_households", "VN", "65", "%", "2021-12-31", "a b c", "high", ""],
         "would do: a date such as 2022-12-31"),
        (["2021-12-31", "fibre_households", "VN", "65"], "given 4 cells; would do: 9 cells"),
    ],
)  # fmt: skip
def test_a_bad_observation_is_named(copy, cells, words):
    append(copy / "observations.csv", *cells)
    assert words in faults_of(copy)


def test_a_row_twice_is_named(copy):
    lines = (copy / "observations.csv").read_text(encoding="utf-8").splitlines()
    (copy / "observations.csv").write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    assert "would do: each observation once" in faults_of(copy)


def test_stray_and_missing_columns_are_named(copy):
    edit(copy / "areas.csv", "population", "popluation")
    text = faults_of(copy)
    assert "column 'popluation'; would do: no such column; did you mean population?" in text
    assert "no column population; would do: a column population" in text


def test_areas_that_do_not_add_up_are_named(copy):
    edit(copy / "case.toml", "value = 98455", "value = 88455")
    assert "areas add up to 98,455 villages; would do: 88,455 of the nation" in faults_of(copy)


def test_a_file_that_is_not_utf8_is_named(copy):
    (copy / "areas.csv").write_bytes("Hà Nội".encode("utf-16"))
    assert "given UTF-16 text; would do: the file saved as UTF-8" in faults_of(copy)
    (copy / "areas.csv").write_bytes("Hà Nội".encode("cp1258", "replace"))
    assert "is not UTF-8; would do: the file saved as UTF-8" in faults_of(copy)


def test_a_target_without_indicator_unit_or_time_is_named(copy):
    edit(copy / "targets.toml", 'indicator = "covered_villages"', 'indicator = "happy_villages"')
    edit(copy / "targets.toml", "deadline = 2022-12-31", "deadline = 2042-12-31")
    text = faults_of(copy)
    assert "given 'happy_villages'; would do: 'fibre_households', " in text


def test_a_deadline_after_the_horizon_is_named(copy):
    edit(copy / "targets.toml", "deadline = 2022-12-31", "deadline = 2042-12-31")
    assert "given deadline 2042-12-31; would do: a day from 2022-01-31 to 2030-12-31" in faults_of(
        copy
    )


def test_an_unknown_table_is_named(copy):
    edit(copy / "case.toml", "[case]", "[cases]")
    text = faults_of(copy)
    assert "cases: given" in text
    assert "no such entry; did you mean case?" in text


def test_month_arithmetic():
    assert month_end(2021, 12 + 2) == date(2022, 2, 28)
    assert list(month_ends(date(2021, 12, 31), date(2022, 2, 28)))[-1] == date(2022, 2, 28)
    assert list(month_ends(date(2021, 12, 31), date(2022, 2, 27)))[-1] == date(2022, 1, 31)
    assert months_between(date(2021, 12, 31), date(2022, 2, 1)) == 2
