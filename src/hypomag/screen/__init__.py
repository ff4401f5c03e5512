"""Screen a population: the same rules and the same answer for one patient and for ten million.

`run.screen` does it; `command` is its command line.
"""
