"""Where rules run: their order from the SQL itself, and one small file for each database."""
