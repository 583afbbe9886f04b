"""What every test may use: the shipped cases, a copy that may be broken, the command line."""

import shutil
import sys
from pathlib import Path

import commands
import pytest
from cases import VIET_NAM, VINH_PHUC
from hypothesis import settings

from sim.place.case import load_case
from sim.place.scenario import load_scenario

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def viet_nam():
    return load_case(VIET_NAM)


@pytest.fixture(scope="session")
def vinh_phuc():
    return load_case(VINH_PHUC)


@pytest.fixture
def draft(viet_nam):
    return load_scenario(viet_nam, viet_nam.folder / "draft-plan.toml")


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the Viet Nam case that a test may break."""
    return Path(shutil.copytree(VIET_NAM, tmp_path / "vietnam-2022"))


@pytest.fixture(scope="session")
def ketnoi():
    """Return a function that runs a command, and holds that it never shows a traceback."""

    def run(*words, **environment):
        done = commands.run(*words, **environment)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture(autouse=True)
def _the_main_module_stays():
    """Put back what is `__main__`: a page under test takes its place, and pools start from it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
