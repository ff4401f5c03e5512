"""The parts of an answer, one file each: rows of relations become the stable shape. Nothing is decided here."""
