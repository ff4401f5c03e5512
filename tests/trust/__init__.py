"""Governance that a machine can read: hazards, coverage, versions compared on patients."""
