"""Files that are none: what is read says why, whoever reads it."""

import pytest

from sim import reading
from sim.faults import InputFaults
from sim.reading import read_text


def test_a_folder_and_a_file_too_large_are_told_as_what_they_are(tmp_path, monkeypatch):
    with pytest.raises(InputFaults, match="given a folder; would do: a file that can be read"):
        read_text(tmp_path)
    monkeypatch.setattr(reading, "MOST_BYTES", 3)
    (tmp_path / "large.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="given 4 bytes; would do: at most 3 bytes"):
        read_text(tmp_path / "large.csv")
