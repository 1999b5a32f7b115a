"""Reads the folder of a city, or finds all its faults with file and line; and what its
makers ask of it. Nothing else reads a file.
"""
