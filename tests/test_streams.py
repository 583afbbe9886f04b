"""Streams: a name has its own luck, the same in every scenario and whoever else draws."""

import numpy as np

from sim.streams import normals, stream, uniforms


def test_a_name_has_the_same_luck_every_time():
    assert np.array_equal(uniforms(3, "a", "b", shape=(5,)), uniforms(3, "a", "b", shape=(5,)))


def test_names_and_seeds_have_luck_of_their_own():
    draws = [
        uniforms(3, "a", shape=(2000,)),
        uniforms(3, "b", shape=(2000,)),
        uniforms(4, "a", shape=(2000,)),
        uniforms(3, "a", "b", shape=(2000,)),
    ]
    table = np.corrcoef(draws) - np.eye(4)
    # a correlation of 2,000 independent pairs has a standard error of 1 / sqrt(2000); 5 of them
    assert np.abs(table).max() < 5 / np.sqrt(2000)


def test_more_replicates_keep_the_earlier_ones():
    assert np.array_equal(uniforms(3, "a", shape=(9, 4))[:5], uniforms(3, "a", shape=(5, 4)))


def test_normals_are_the_inverse_of_their_uniforms():
    draws = normals(3, "a", shape=(4000,))
    assert np.isfinite(draws).all()
    assert abs(draws.mean()) < 5 / np.sqrt(4000)
    assert abs(draws.var() - 1) < 5 * np.sqrt(2 / 4000)
    assert (np.argsort(draws) == np.argsort(uniforms(3, "a", shape=(4000,)))).all()


def test_a_stream_is_a_generator_of_its_own():
    one, other = stream(1, "x"), stream(1, "x")
    one.random(10)
    assert other.random() == stream(1, "x").random()
