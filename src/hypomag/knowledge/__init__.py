"""What is known, as data with a source in every row, and the loader that refuses what it cannot trust."""

from hypomag.knowledge.loader import Knowledge, Table, load, read
from hypomag.knowledge.values import KnowledgeError

__all__ = ["QUESTIONNAIRE", "Knowledge", "KnowledgeError", "Table", "load", "read"]

QUESTIONNAIRE = "urn:hypomag:questionnaire:bedside"  # the canonical name of why/questions.csv as a form
