"""One small reader for each outside source; each fills the record."""
