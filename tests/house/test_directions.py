"""The house: a package imports along its charter, a library has one home, no room is crowded."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 10  # files a package
KNOWS = {  # a package -> what it may import; the ground, `sim/` itself, is open to all of `sim`
    "models": set(),
    "ground": set(),
    "files": set(),
    "place": set(),
    "world": {"models", "place"},
    "ask": {"files", "models", "place", "world"},
    "study": {"files", "place", "world", "ask"},
    "seek": {"files", "place", "world", "ask"},
    "track": {"models", "place", "world", "ask"},
    "tasks": {"files", "place", "world", "ask"},
    "worth": {"files", "place", "world", "ask"},
    "rank": {"files", "place", "world", "ask", "worth"},
    "show": {"files", "place", "ask", "seek", "study", "track", "tasks", "rank", "worth"},
    "paper": {"files", "place", "ask", "seek", "show", "track", "tasks", "rank", "worth"},
    "begin": {"files", "place", "world"},
    "cli": {
        *("files", "place", "world", "begin", "ask", "seek"),
        *("track", "tasks", "rank", "worth", "study", "show", "paper"),
    },
    "screen": {
        *("files", "place", "begin", "ask", "seek", "track", "tasks", "rank", "show", "paper"),
    },
    "app": {"screen"},
}
HOMES = {
    "simpy": {"models.moves.rollout"},
    "numba": {"models.moves.compiled"},
    "statsmodels": {"models.paths.trend", "models.paths.smoothing"},
    "vl_convert": {"sim.files.pictures"},
    "typst": {"sim.files.pictures", "sim.paper.setting"},
    "xlsxwriter": {"sim.files.workbook"},
    "openpyxl": {"sim.files.sheets"},
    "pypdf": {"sim.files.carriers", "sim.files.contrast", "sim.files.likeness"},
    "docx": {"sim.paper.office"},
    "pptx": {"sim.paper.office"},
    "streamlit": {"app", "sim.screen"},
    "pandas": {"sim.screen.parts", "sim.study.batch", "sim.study.kept.folder"},
    "pyarrow": {"sim.study.chunks", "sim.study.batch", "sim.study.kept"},
    "distributed": {"sim.study.engines"},
    "SALib": {"sim.study.designs", "sim.study.sensitivity"},
    "tomlkit": {"sim.begin.rows", "sim.screen.parts.plan_text"},
    "typer": {"sim.cli"},
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in (*ROOT.glob("sim/**/*.py"), *ROOT.glob("models/**/*.py"), ROOT / "app.py")
    if path.name != "__init__.py"
}


def package(module):
    first, *rest = module.split(".")
    return first if first != "sim" else rest[0] if len(rest) > 1 else "ground"


@cache
def imported(module):
    """Return the modules that a module imports, names of ours in full."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {part for part in parts if part in MODULES} or {node.module}
    return found


def ours(module):
    return {name for name in imported(module) if name in MODULES}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_along_its_charter(module):
    own = package(module)
    allowed = KNOWS[own] | {own} | (set() if own == "models" else {"ground"})
    assert {name for name in ours(module) if package(name) not in allowed} == set()


def test_imports_make_no_circle():
    try:
        list(TopologicalSorter({name: ours(name) for name in MODULES}).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_package_is_crowded():
    held = {}
    for path in MODULES.values():
        held.setdefault(path.parent, []).append(path.name)
    assert {str(where): names for where, names in held.items() if len(names) > MOST} == {}


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_one_home(library):
    users = {m for m in MODULES if library in {name.split(".")[0] for name in imported(m)}}
    homes = HOMES[library]
    assert users
    assert {m for m in users if not any(m == h or m.startswith(f"{h}.") for h in homes)} == set()


def test_models_make_no_chance_and_read_no_files():
    for module, path in MODULES.items():
        if module.startswith("models."):
            text = path.read_text(encoding="utf-8")
            for word in ("default_rng", "np.random.", "open(", "read_text"):
                assert word not in text, f"{module}: {word}"


def test_init_files_are_empty_and_every_package_has_one():
    for path in MODULES.values():
        inside = path.parent / "__init__.py"
        assert path.parent == ROOT or inside.read_text() == ""
