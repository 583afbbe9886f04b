"""The command line as a user has it: a process of its own."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def ketnoi():
    """Return a function that runs a command, and holds that it never shows a traceback."""

    def run(*words, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "sim.cli", *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1", **environment},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run
