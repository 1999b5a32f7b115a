"""Competence as data: ordered rules that an official can read, and what they decide."""
