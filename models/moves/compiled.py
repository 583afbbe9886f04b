"""Loops over jobs in machine code: compiled at their first call, kept for the next process.

The code is numba's and so are its limits: plain arrays and numbers in, and each function works on
one row after the other as it would be told in words. Nothing is reordered (no `fastmath`), so
results are those of the same loop in Python to the last bit.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit, vectorize
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers; other threads need not wait for it."""
    made: Function = _kept(njit, function, nogil=True, error_model="numpy")
    return made


def elementwise(function: Callable[..., float]) -> Callable[..., Array]:
    """Compile a function of numbers to work on arrays of them, broadcast against each other."""
    numbers = ", ".join(["float64"] * function.__code__.co_argcount)
    made: Callable[..., Array] = _kept(vectorize, function, [f"float64({numbers})"])
    return made


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as compiled loops know it: in one piece, and writable; a copy if need be."""
    return np.require(array, requirements=["C", "W"])


def _kept(compiler: Any, function: Callable[..., object], *types: object, **options: object) -> Any:
    """Keep the machine code where Python keeps its own, if there is any place to keep it."""
    try:
        return compiler(*types, cache=True, **options)(function)
    except RuntimeError:
        return compiler(*types, **options)(function)
