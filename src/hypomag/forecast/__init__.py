"""Forecast one patient: what is likely in the body now, and what each plan would do. Start with `forecast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypomag.forecast.likely import Likely, forecast, likely

__all__ = ["Likely", "forecast", "likely"]


def __getattr__(name: str) -> Any:
    """The names are loaded at first use: the command line must start without numpy, which is an extra."""
    if name not in __all__:
        raise AttributeError(f"hypomag.forecast has no {name}")
    from importlib import import_module

    module = import_module("hypomag.forecast.likely")
    globals().update({each: getattr(module, each) for each in __all__})
    return globals()[name]
