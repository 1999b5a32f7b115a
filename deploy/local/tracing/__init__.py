"""Spans of the local stack: received over OTLP, kept in one SQLite file, shown as a tree."""
