"""Runs every acceptance module and writes docs/trust/acceptance.md. Exit 1 where a bar is missed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from accept import ROOT, SHARED


def main() -> int:
    if not SHARED.is_dir():
        print(f"{SHARED.name}/ is not beside the checkout: set HYPOMAG_SHARED to the folder with cases/ and data/")
        return 1
    names = sys.argv[1:] or sorted(
        file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_")
    )
    page = ["# Acceptance", "", "Written by `make accept`; nothing here is typed by hand.", ""]
    missed: list[str] = []
    for name in names:
        module = importlib.import_module(f"accept.{name}")
        try:
            text, is_met = module.run()
        except Exception as error:  # one bar that cannot be run must not hide the others
            text, is_met = f"Could not be run: {type(error).__name__}.\n", False
        page += [f"## {module.__doc__.splitlines()[0]}", "", text.rstrip(), ""]
        print(text)
        if not is_met:
            missed.append(name)
    if not sys.argv[1:]:
        (ROOT / "docs" / "trust" / "acceptance.md").write_text("\n".join(page), "utf-8")
    print("bars missed: " + (", ".join(missed) or "none"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
