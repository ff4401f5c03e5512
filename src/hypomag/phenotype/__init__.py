"""Who is low by laboratory in an OMOP CDM: one definition, as SQL, as OHDSI cohort JSON and as Python."""
