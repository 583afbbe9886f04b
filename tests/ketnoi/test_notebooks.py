"""The notebooks run from top to bottom, by public names alone."""

import ast
import json
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

import ketnoi

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def code(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def imported(notebook):
    for node in ast.walk(ast.parse("\n".join(code(notebook)))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook, monkeypatch, tmp_path):
    for name in imported(notebook):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    space = {"__name__": "notebook"}
    with warnings.catch_warnings():
        for name in ("SALib", "ema_workbench", "optuna"):
            warnings.filterwarnings("default", module=name)  # its own business
        for cell in code(notebook):
            exec(compile(cell, notebook.name, "exec"), space)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_takes_nothing_but_public_names(notebook):
    for node in ast.walk(ast.parse("\n".join(code(notebook)))):
        if isinstance(node, ast.ImportFrom):
            assert node.module.split(".")[0] not in ("sim", "models")
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_")
            if isinstance(node.value, ast.Name) and node.value.id == "ketnoi":
                assert node.attr in ketnoi.__all__
