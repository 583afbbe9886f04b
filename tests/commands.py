"""Commands run as a terminal runs them, each in a process of its own, begun from one that is warm.

A fresh interpreter spends seconds on imports before it does anything. Here each command is forked
from a server that has the libraries, and nothing of the command line, which reads its language
from the words and the surroundings it is given.
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType
from unittest.mock import patch

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["altair", "numba", "openpyxl", "pandas", "scipy.stats", "typer", "xlsxwriter",
     "statsmodels.tsa.statespace.structural", "sim.ask.answers", "sim.world.run"]
)  # fmt: skip


def run(*words, cwd=None, **environment):
    """Return what `ketnoi WORDS` leaves: exit code, output and errors, as text."""
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")
        around = {**os.environ, **environment}
        told = (list(map(str, words)), str(cwd or Path.cwd()), around, str(out), str(errors))
        process = FORKS.Process(target=_command, args=told)
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):  # a page may be it
            process.start()
        process.join()
        read = [each.read_text(encoding="utf-8", errors="replace") for each in (out, errors)]
    return CompletedProcess(words, process.exitcode, *read)


def _command(words, cwd, around, out, errors):
    os.environ.clear()
    os.environ.update(around)
    os.chdir(cwd)
    for path, number in ((os.devnull, 0), (out, 1), (errors, 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    coding = around.get("PYTHONIOENCODING", "utf-8")
    sys.stdout.reconfigure(encoding=coding)
    sys.stderr.reconfigure(encoding=coding)
    sys.argv = ["ketnoi", *words]
    try:
        runpy.run_module("sim.cli", run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
