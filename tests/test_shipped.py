"""What ketnoi ships is found in a checkout and wherever a wheel is installed."""

import tomllib
from pathlib import Path

import pytest
from cases import SCENARIOS, VIET_NAM

from sim.shipped import ROOT, beside, case_folder


def test_a_checkout_is_its_own_home():
    assert beside() == ROOT == SCENARIOS.parent


@pytest.mark.parametrize(
    "modules",
    [
        "lib/python3.11/site-packages",  # an environment, a user's own, a system's
        "Lib/site-packages",  # Windows
        ".",  # pip install --target
    ],
)
def test_a_wheel_is_found_wherever_it_is_installed(tmp_path, modules):
    for folder in (tmp_path, tmp_path / "here"):  # one ketnoi inside another's folder
        (folder / "share" / "ketnoi").mkdir(parents=True)
        (folder / "share" / "ketnoi" / "app.py").touch()
    root = tmp_path / "here" / modules
    assert beside(root) == tmp_path / "here" / "share" / "ketnoi"


def test_every_shipped_case_travels_in_the_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    cases = [file.parent.relative_to(ROOT).as_posix() for file in SCENARIOS.glob("*/case.toml")]
    assert cases
    assert project["tool"]["setuptools"]["data-files"] == {
        "share/ketnoi": ["app.py"],
        "share/ketnoi/.streamlit": [".streamlit/config.toml"],
        "share/ketnoi/docs": ["docs/tutorial.md"],
        **{f"share/ketnoi/{case}": [f"{case}/*"] for case in (*cases, "scenarios/defaults")},
    }


def test_a_case_that_is_not_here_is_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = Path("scenarios/vietnam-2022")
    assert case_folder(asked) == VIET_NAM
    asked.mkdir(parents=True)
    assert case_folder(asked) == asked
    assert case_folder(Path("nowhere")) == Path("nowhere")
