"""What a place borrows: every assumption has a default, and a borrowed range is wider."""

import pytest

from sim.place.assumptions import needs
from sim.place.defaults import HOME_PEOPLE, Money, borrowed, library, worth


def test_every_assumption_has_a_default_within_its_bounds():
    assert set(library()) == set(needs())
    for name, need in needs().items():
        row = borrowed(name, "bn VND", None, HOME_PEOPLE)
        assert need.least <= row.low <= row.central <= row.high <= need.most, name


@pytest.mark.parametrize("name", ["training_cost", "fibre_willing", "solar_months"])
def test_a_borrowed_range_is_wider(name):
    row, own = borrowed(name, "bn VND", None, HOME_PEOPLE), library()[name]
    assert row.low <= own.low
    assert own.high <= row.high
    assert row.central == own.central
    assert row.high - row.low > own.high - own.low


def test_sums_travel_by_rate_prices_and_people():
    money = Money(per_usd=23.16, prices=2, source="Own example")
    assert worth("m THB", money) == pytest.approx(1)
    phone, course = (
        borrowed(n, "m THB", money, 1e6) for n in ("smartphone_voucher_cost", "training_cost")
    )
    assert phone.central == pytest.approx(library()["smartphone_voucher_cost"].central)
    assert course.central == pytest.approx(2 * library()["training_cost"].central)
    own = borrowed("operator_fibre_money", "m THB", money, HOME_PEOPLE / 10)
    assert own.central == pytest.approx(library()["operator_fibre_money"].central / 10)
