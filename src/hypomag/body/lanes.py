"""One text for two engines: numba compiles the kernel when it is installed (extra `fast`), numpy runs it when not.

Arrays are (blocks, rows, lanes): a lane is a person or a draw. numba works block by block, lane by lane, so that lanes
fill the vector registers; numpy takes all lanes of one block in a single statement.
"""

from collections.abc import Callable
from typing import Any

from hypomag.fast import FAST, numba

# Known when compiling, so that lanes fill the vector registers; without numba a lane is an array of everybody.
LANES = 16 if FAST else 1
# 'reassoc' and 'nnan' are left out on purpose: the first breaks rounding tricks, the second removes checks for NaN.
MATH = {"contract", "arcp", "nsz", "afn"}


def compiled(function: Callable) -> Callable:
    """The function compiled and inlined by numba, or as it is."""
    if not FAST:
        return function
    return numba.njit(error_model="numpy", fastmath=MATH, forceinline=True)(function)


def compiled_parallel(function: Callable) -> Callable:
    """The outer loop over blocks, compiled once for a machine and kept on disk."""
    if not FAST:
        return function
    return numba.njit(error_model="numpy", fastmath=MATH, parallel=True, cache=True)(function)


def blocks(rows: Any, people: int) -> Any:
    """(rows, people or 1) -> (blocks, rows, lanes), the last person repeated to fill the last block."""
    import numpy as np

    rows = np.asarray(rows, float)
    lanes = LANES if FAST else people
    count = -(-people // lanes)
    index = np.minimum(np.arange(count * lanes), people - 1) if rows.shape[1] > 1 else np.zeros(count * lanes, int)
    return np.ascontiguousarray(rows[:, index].reshape(rows.shape[0], count, lanes).transpose(1, 0, 2))


def unblocked(array: Any, people: int) -> Any:
    """(blocks, ..., rows, lanes) -> (..., rows, people)."""
    import numpy as np

    moved = np.moveaxis(array, 0, -2)
    return moved.reshape(*moved.shape[:-2], moved.shape[-2] * moved.shape[-1])[..., :people]
