"""The command line as a whole: exit codes, the order of commands, nothing heavy for its help."""

import re
import subprocess
import sys

import pytest
from cases import VINH_PHUC


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--seed", "1.5"], "--seed: given '1.5'; would do: a whole number, 0 to"),
        (["run", "--seed", "lucky"], "--seed: given 'lucky'; would do: a whole number, 0 to"),
        (["run", "--replicates", "0"], "given '0'; would do: a whole number, 1 to 100000"),
        (["run", "--case", "nowhere"], "a folder that does not exist"),
        (["run", "nowhere.toml"], "a file that does not exist"),
        (["run", "--targets", "final-2022"], "did you mean final-2022-03?"),
        (["run", "--targets", ""], "--targets: given ''; would do: one of draft-2022-01"),
        (["run", "--case", "a" * 5000], "a name of 5000 bytes; would do: a shorter"),
        (["check", "a" * 5000], "a name of 5000 bytes; would do: a shorter"),
        (["check", "nowhere"], "a folder that does not exist"),
        (["run", "--colour", "red"], "colour"),
        (["fly"], "fly"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_two(ketnoi, words, message):
    more = [] if "--case" in words or words[0] != "run" else ["--case", VINH_PHUC]
    done = ketnoi(*words, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


COMMANDS = [
    *("run", "check", "levers", "schema", "app", "tasks", "fit", "backtest", "regress"),
    *("report", "verify", "sensitivity", "new", "readiness", "workbook", "import", "ask"),
    *("rank", "worth", "survey", "track", "batch"),
]


def test_help_lists_every_command_in_the_order_of_use(ketnoi):
    listed = ketnoi("--help", LC_ALL="C.UTF-8").stdout.partition("Commands:")[2]
    assert re.findall(r"^  (\w+)", listed, re.MULTILINE) == COMMANDS


HELP = """
import sys
from sim.cli.main import main
sys.argv = ["ketnoi", "--help"]
try:
    main()
except SystemExit:
    pass
heavy = {"numpy", "scipy", "statsmodels", "streamlit", "typst", "pydantic", "rich", "numba"}
sys.stderr.write(str(sorted(heavy & set(sys.modules))))
"""


def test_help_does_not_wait_for_the_heavy_libraries():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stderr == "[]"
