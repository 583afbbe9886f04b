"""Lines: what no file of ours may hold, so that the next reader is not slowed down."""

import ast

import pytest
from test_directions import MODULES

LONGEST = 40  # lines a function, its docstring left out
UNTYPED = {  # where a library, or a value of any shape, leaves no type to say
    "sim.begin.rows": "tomlkit's documents are of any type",
    "sim.files.sheets": "openpyxl has no types",
    "models.moves.rollout": "what simpy sends into a process",
    "models.moves.compiled": "numba has no types",
    "models.paths.trend": "statsmodels has no types",
    "sim.cli.terminal": "typer's options are called any type",
    "sim.files.likeness": "a node of a PDF is of any shape",
    "sim.files.workbook": "xlsxwriter has no types",
    "sim.place.levers": "pydantic's create_model takes pairs of any kind",
    "sim.place.scenario": "a model made by it has no fields that a checker knows",
    "sim.screen.parts.plan_text": "tomlkit's documents are of any shape",
    "sim.screen.parts.shown": "a cell of pandas",
    "sim.paper.office.word": "an element of a document is of lxml's own kind",
    "sim.show.look": "a part of a Vega-Lite specification",
    "sim.show.studies.findings": "a column of a study: numbers, words or nothing",
    "sim.show.studies.telling": "a factor's value: a number or a word",
    "sim.study.engines": "dask has no types",
    "sim.study.kept.together": "what two studies may differ in is of any shape",
}


def functions(module):
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def documented(node):
    """Return how many lines the docstring of a function takes."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno - first.lineno + 1 if is_text else 0


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_function_is_two_ideas(module):
    long = {
        node.name: lines
        for node in functions(module)
        if (lines := node.end_lineno - node.body[0].lineno + 1 - documented(node)) > LONGEST
    }
    assert long == {}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_formatter_is_never_told_to_look_away(module):
    assert "fmt: skip" not in MODULES[module].read_text(encoding="utf-8")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_of_a_case_is_kept_by_a_module(module):
    """Kept results live in an object that is handed on: a cached function takes no case."""
    for node in functions(module):
        kept = {
            getattr(each, "id", getattr(getattr(each, "func", None), "id", ""))
            for each in node.decorator_list
        }
        if kept & {"cache", "lru_cache"}:
            arguments = [*node.args.args, *node.args.kwonlyargs]
            asked = {ast.unparse(each.annotation) for each in arguments if each.annotation}
            assert not asked & {"Case", "Question", "World", "Study"}, node.name


def untyped(module):
    """Yield the lines that say `Any` but not of an object's entries or of `**` arguments."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    excused = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("Mapping", "dict"):
            excused.add(node.slice.elts[-1])
        if isinstance(node, ast.arguments):
            excused |= {each.annotation for each in (node.vararg, node.kwarg) if each}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "Any" and node not in excused:
            yield node.lineno


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_type_that_is_known_is_said(module):
    assert bool(list(untyped(module))) == (module in UNTYPED), list(untyped(module))
