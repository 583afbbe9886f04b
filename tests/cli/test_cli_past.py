"""Fit and backtest: what they refuse, what they print and leave."""

from cases import VINH_PHUC


def test_backtest_and_fit_refuse_what_they_cannot_use(ketnoi, tmp_path):
    done = ketnoi("backtest")
    assert done.returncode == 2
    assert "neither --panel nor --case; would do: one of them" in done.stderr
    done = ketnoi("backtest", "--panel", "nowhere.csv", "--out", tmp_path / "x.csv")
    assert done.returncode == 2
    assert "a file that does not exist" in done.stderr
    done = ketnoi("fit", "--panel", "nowhere.csv", "--out", tmp_path / "x.json")
    assert done.returncode == 2
    assert not list(tmp_path.iterdir())
    for words in (("--case", VINH_PHUC, "--origins", "2008-"), ("--panel", "p.csv", "--seed", 3)):
        done = ketnoi("backtest", *words, "--lang", "en")
        assert done.returncode == 2
        assert f"{words[2]}: given an option that has no effect here" in done.stderr


def test_backtest_of_a_case_prints_scores_and_leaves_charts(ketnoi, tmp_path):
    done = ketnoi("backtest", "--case", VINH_PHUC, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "What the ranges held" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"forecasts.csv", "chances.csv", "backtest-fibre_households.pdf"} <= names
