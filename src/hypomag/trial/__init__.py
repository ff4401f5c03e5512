"""Protocols tried on a virtual ward, the same people for each. Start with `run.trial`."""
