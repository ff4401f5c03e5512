"""Forecast one patient: what is likely in the body now, and what each plan would do. Start with `forecast`."""

from hypomag.forecast.likely import Likely, forecast, likely

__all__ = ["Likely", "forecast", "likely"]
