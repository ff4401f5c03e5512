"""A hostile input, a full disk, another language, another clock: refused in a sentence, or the same answer."""
