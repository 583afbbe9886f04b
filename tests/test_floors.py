"""The house: a module imports only from lines above its own; a library has one home."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    ("models.levers", "models.diffusion", "models.trend", "models.queue", "models.adoption",
     "models.small_area", "models.robust", "models.smoothing"),
    ("models.states",),
    ("models.momentum", "models.regression"),
    ("models.pooled",),
    ("models.intervals",),
    ("models.experience",),
    ("models.rollout",),
    ("sim.streams", "sim.faults", "sim.words", "sim.forecast", "sim.designs", "sim.carriers"),
    ("sim.drawing", "sim.reading", "sim.targets", "sim.shards", "sim.sensitivity"),
    ("sim.assumptions", "sim.panel"),
    ("sim.case", "sim.learned"),
    ("sim.backtest",),
    ("sim.scenario", "sim.history"),
    ("sim.plans", "sim.study"),
    ("sim.desk",),
    ("sim.demand", "sim.starts", "sim.stamp"),
    ("sim.supply",),
    ("sim.homes", "sim.villages"),
    ("sim.run",),
    ("sim.summary", "sim.hindsight"),
    ("sim.comparison", "sim.fans", "sim.tiles", "sim.bars", "sim.chunks", "sim.regress"),
    ("sim.export", "sim.engines"),
    ("sim.workbook",),
    ("sim.results", "sim.evidence", "sim.batch", "sim.findings"),
    ("sim.figures", "sim.result_book", "sim.contrast"),
    ("sim.trials",),
    ("sim.report_parts",),
    ("sim.report_answer", "sim.report_grounds"),
    ("sim.report_results",),
    ("sim.report",),
    ("sim.report_files",),
    ("sim.catalogue",),
    ("sim.folders",),
    ("sim.remake",),
    ("sim.verify",),
    ("sim.cli",),
    ("pages.frame",),
    ("app", "pages.plan", "pages.compare", "pages.evidence", "pages.files"),
)  # fmt: skip
HOMES = {
    "simpy": {"models.rollout"},
    "statsmodels": {"models.trend", "models.smoothing"},
    "vl_convert": {"sim.export"},
    "typst": {"sim.export", "sim.report_files"},
    "xlsxwriter": {"sim.workbook"},
    "pypdf": {"sim.carriers", "sim.contrast"},
    "streamlit": {
        "app",
        "pages.frame",
        "pages.plan",
        "pages.compare",
        "pages.evidence",
        "pages.files",
    },
    "pandas": {"pages.frame", "sim.batch"},
    "pyarrow": {"sim.chunks", "sim.batch"},
    "distributed": {"sim.engines"},
    "SALib": {"sim.designs", "sim.sensitivity"},
    "tomlkit": {"sim.plans"},
    "typer": {"sim.cli"},
}
PLACE = {name: floor for floor, names in enumerate(FLOORS) for name in names}
FOLDERS = ("models", "sim", "pages")
FILES = sorted([*(p for name in FOLDERS for p in ROOT.glob(f"{name}/*.py")), ROOT / "app.py"])
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in FILES
    if path.name != "__init__.py" and path.exists()
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in FOLDERS:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_every_module_has_its_floor():
    assert set(MODULES) <= set(PLACE)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_from_floors_below(module):
    ours = {name for name in imported(MODULES[module]) if name.split(".")[0] in FOLDERS}
    assert {name for name in ours if PLACE[name] >= PLACE[module]} == set()


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_one_home(library):
    users = {
        module
        for module, path in MODULES.items()
        if library in {name.split(".")[0] for name in imported(path)}
    }
    assert users <= HOMES[library]


def test_models_make_no_chance_and_read_no_files():
    for module, path in MODULES.items():
        if module.startswith("models."):
            text = path.read_text(encoding="utf-8")
            for word in ("default_rng", "np.random.", "open(", "read_text"):
                assert word not in text, f"{module}: {word}"


def test_init_files_are_empty():
    for path in ROOT.glob("*/__init__.py"):
        if path.parent.name in FOLDERS:
            assert path.read_text() == ""
