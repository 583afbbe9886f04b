"""The README: its commands run, its pictures are there, its map names every room."""

import re
import shlex
from pathlib import Path

import api_page
import commands
import pytest
import rooms

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```sh\n((?:ketnoi .*\n)+)```", TEXT)]


@pytest.mark.parametrize("lines", BLOCKS)
def test_commands_of_the_readme_run_one_after_the_other(lines, tmp_path):
    for name in ("scenarios", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        done = commands.run(*words, cwd=tmp_path)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout, line


def test_pictures_and_pages_that_are_linked_are_there():
    linked = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []


def test_the_table_of_rooms_is_as_the_rooms_are():
    assert rooms.packages() == set(rooms.CHARTERS)
    assert rooms.written(TEXT) == TEXT, "make readme"


def test_the_page_of_the_library_is_as_its_docstrings_are():
    assert api_page.written() == api_page.PAGE.read_text(encoding="utf-8"), "make readme"


def test_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^make (\w[\w-]*)", TEXT, flags=re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {name for name in targets if f"\n{name}:" not in makefile} == set()
