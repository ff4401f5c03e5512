"""Clinical diff: which patients are answered otherwise by another version of the rules and the knowledge."""

from hypomag.diff.compare import Change, changes, compare

__all__ = ["Change", "changes", "compare"]
