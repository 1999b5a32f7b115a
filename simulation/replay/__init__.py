"""Recorded requests of a real city, played through the public API and compared with the record.

Owns reading the record and judging the comparison; the city's pack says which column is what.
"""
