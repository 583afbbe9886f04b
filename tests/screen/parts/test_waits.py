"""Visitors take turns, in the order in which they came, and are told how many are before them."""

from threading import Event, Thread

import pytest

from sim.screen.parts.waits import Turnstile


def came(gate, name, order, told=None):
    """Return the thread of a visitor who passes a gate and writes down when."""
    waiting = Event()

    def watch(before):
        (told if told is not None else []).append(before)
        waiting.set()

    def pass_through():
        with gate.turn(watch):
            order.append(name)

    thread = Thread(target=pass_through)
    thread.start()
    assert waiting.wait(10)
    return thread


def test_one_at_a_time_in_the_order_of_coming():
    gate, order, told = Turnstile(1), [], []
    with gate.turn():
        threads = [came(gate, name, order, told) for name in range(5)]
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]
    assert max(told) == 5


def test_a_gate_is_open_until_its_places_are_taken():
    gate = Turnstile(2)
    with gate.turn():
        assert gate.open
        with gate.turn():
            assert not gate.open
    assert gate.open


def test_who_stands_aside_lets_another_in_and_waits_again():
    gate, order = Turnstile(1), []
    with gate.turn():
        other = came(gate, "other", order)
        with gate.aside():
            other.join(10)
        assert order == ["other"]
        third = came(gate, "third", order)
    third.join(10)
    assert order == ["other", "third"]
    with gate.aside():  # whoever is not inside is let be
        pass


def test_who_leaves_while_waiting_or_inside_holds_up_nobody():
    gate = Turnstile(1)

    def gone(before):
        raise ConnectionError

    with gate.turn():
        away = Thread(target=turned_away, args=(gate, gone))
        away.start()
        away.join(10)
    with pytest.raises(ConnectionError), gate.turn():
        gone(0)
    with gate.turn():
        pass


def turned_away(gate, watch):
    with pytest.raises(ConnectionError), gate.turn(watch):
        raise AssertionError
