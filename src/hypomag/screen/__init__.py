"""Screen a population: the same rules and the same answer for one patient and for ten million."""

from hypomag.screen.run import screen

__all__ = ["screen"]
