"""An independent grader: written from the published medicine and the published answer schema, sharing no code."""
