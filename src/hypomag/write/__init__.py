"""An answer or a course, written for people and machines. Nothing clinical is computed here."""
