"""Versions of the rules of competence: which there are, which decides, what another changes."""
