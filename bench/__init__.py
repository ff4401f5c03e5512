"""Each published figure comes from a script here; figures are ratios or medians of one run."""
