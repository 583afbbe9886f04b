"""Stamps in files: sought in a time that grows no faster than the file."""

import time

import pytest

from sim.files.carriers import NoStamp, read_stamp

STARTS = (b'<metadata id="ketnoi">', b'<meta name="ketnoi" content="', b"# ketnoi ", b"{", b"\n")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", [b"<svg>", b"", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n"])
def test_a_large_file_of_beginnings_of_stamps_is_soon_refused(before, start):
    """A megabyte: what seeks an end behind every start would take minutes."""
    begun = time.monotonic()
    with pytest.raises((NoStamp, RecursionError)):
        read_stamp(before + start * (1_000_000 // len(start)))
    assert time.monotonic() - begun < 5
