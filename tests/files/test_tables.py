"""Tables as files: text stays text."""

from sim.files.tables import csv_bytes


def test_text_that_starts_a_formula_stays_text():
    table = csv_bytes(["name", "value"], [["=cmd()", -1.5], ["ổn", 2]]).decode("utf-8-sig")
    assert table.splitlines() == ["name,value", "'=cmd(),-1.5", "ổn,2"]
