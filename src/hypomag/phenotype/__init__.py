"""Who is low by laboratory in an OMOP CDM, as SQL, as OHDSI cohort JSON and as Python."""

from hypomag.phenotype.definition import Phenotype, attach, define
from hypomag.phenotype.ways import cohort, days, sql, unread

__all__ = ["Phenotype", "attach", "cohort", "days", "define", "sql", "unread"]
