"""Reads the folder of a city, or finds all its faults with file and line; and answers what the
makers of a pack ask. No other part of the library reads a pack's files.
"""
