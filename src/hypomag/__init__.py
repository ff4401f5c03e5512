"""hypomag: low blood magnesium, from one patient to a nation.

The public names: `read` a source into a record, `assess` a record of one patient, `answers` for several.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Record", "Refused", "answers", "assess", "read"]

if TYPE_CHECKING:
    from hypomag.assess import answers, assess
    from hypomag.read import read
    from hypomag.record import Record, Refused

_WHERE = {"answers": "assess", "assess": "assess", "read": "read", "Record": "record", "Refused": "record"}


def __getattr__(name: str) -> Any:
    """The public names are loaded at first use, so that the command line starts at once."""
    if name not in _WHERE:
        raise AttributeError(f"hypomag has no {name}")
    from importlib import import_module

    globals()[name] = getattr(import_module(f"hypomag.{_WHERE[name]}"), name)
    return globals()[name]


class _Package(ModuleType):
    """Importing the module hypomag.assess would put the module in the place of the function of that name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
