"""What commands share: their help, their language, their whole numbers."""

import pytest
from rich.console import Console

from sim.cli import terminal

COMMANDS = [
    *("run", "check", "levers", "schema", "app", "fit", "backtest", "report", "verify"),
    *("sensitivity", "regress", "batch run", "batch status", "batch table"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_refuses_a_language_it_lacks(ketnoi, command):
    words = command.split()
    told = ketnoi(*words, "--help", "--lang", "vi")
    assert told.returncode == 0
    assert "Ví dụ: ketnoi " + words[0] in told.stdout
    assert "--lang" in told.stdout
    for more in (["--lang", "fr"], ["--help", "--lang=fr"]):
        done = ketnoi(*words, *more)
        assert done.returncode == 2
        assert done.stdout == ""
        assert (
            done.stderr == "1 fault to fix\n  ketnoi: --lang: given 'fr'; would do: one of vi, en\n"
        )


@pytest.mark.parametrize(("width", "narrow"), [(12, True), (60, False)])
def test_a_table_that_a_narrow_window_would_empty_is_told_row_by_row(
    monkeypatch, capsys, width, narrow
):
    monkeypatch.setattr(terminal, "console", lambda _: Console(width=width))
    terminal.print_table(["Scenario", "Chance"], [["Fibre first", "60%\n73 (65-80)"]], title="A")
    said = capsys.readouterr().out
    assert ("Scenario: Fibre first\nChance: 60%, 73 (65-80)\n" in said) == narrow
    assert "60%" in said


def test_help_is_in_the_terminals_language(ketnoi):
    assert "Chạy các kịch bản" in ketnoi("--help", LANG="vi_VN.UTF-8", LC_ALL="").stdout
    assert "Run scenarios" in ketnoi("--help", LANG="en_US.UTF-8", LC_ALL="").stdout


def test_the_last_language_named_counts(ketnoi):
    words = ["levers", "--lang", "en", "--lang=vi"]
    assert "Tắt sóng 2G" in ketnoi(*words).stdout
    assert "Switch off 2G" not in ketnoi(*words).stdout


def test_a_language_left_out_is_a_fault_of_use(ketnoi):
    done = ketnoi("levers", "--lang")
    assert done.returncode == 2
    assert "--lang" in done.stderr


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["run", "--seed"], "ketnoi run: --seed"),
        (["report", "--replicates"], "ketnoi report: --replicates"),
        (["backtest", "--case", "x", "--seed"], "ketnoi backtest: --seed"),
        (["backtest", "--panel", "x", "--out", "y", "--origins"], "ketnoi backtest: --origins"),
        (["batch", "x.toml", "--out", "y", "--workers"], "ketnoi batch run: --workers"),
        (["batch", "run", "x.toml", "--out", "y", "--limit"], "ketnoi batch run: --limit"),
        (["app", "--port"], "ketnoi app: --port"),
    ],
)
@pytest.mark.parametrize("given", ["-1", "1.5", "--5", "many", "9" * 30])
def test_a_number_that_is_not_whole_is_a_fault_of_its_own_command(ketnoi, words, where, given):
    done = ketnoi(*words, given)
    assert done.returncode == 2
    assert f"  {where}: given '{given}'; would do: a whole number, " in done.stderr


def test_faults_are_told_in_the_language_asked_for(ketnoi, copy):
    (copy / "late.toml").write_text("[levers]\nfibre_buld = 1\n", encoding="utf-8")
    done = ketnoi("check", copy, "--lang", "vi")
    assert done.returncode == 2
    assert done.stderr.startswith("Có 3 lỗi cần sửa\n")
    assert "levers.fibre_buld: 1; cần: không có mục này; có phải là fibre_build?" in done.stderr


@pytest.mark.parametrize("page", ["cp1258", "cp1252", "ascii"])
def test_a_terminal_of_an_old_code_page_is_told_all_the_same(ketnoi, page):
    for words in (["levers", "--lang", "vi"], ["levers", "--lang", "vi", "--json"]):
        done = ketnoi(*words, PYTHONIOENCODING=page, PYTHONUTF8="0")
        assert done.returncode == 0, done.stderr
        assert done.stdout
