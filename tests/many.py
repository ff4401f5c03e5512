"""How many: few enough for every commit, more where HYPOMAG_MANY is set."""

import os


def many(few: int, lots: int) -> int:
    return lots if os.environ.get("HYPOMAG_MANY") else few
