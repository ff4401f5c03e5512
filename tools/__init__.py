"""Development only: what is generated from knowledge, rules and the body model."""
