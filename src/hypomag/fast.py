"""numba, where it is installed (extra `fast`) and HYPOMAG_NO_NUMBA does not forbid it; None elsewhere."""

import os

try:
    if os.environ.get("HYPOMAG_NO_NUMBA"):
        raise ImportError
    import numba
except ImportError:
    numba = None  # type: ignore[assignment]

FAST = numba is not None
