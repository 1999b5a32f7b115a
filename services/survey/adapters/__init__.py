"""Survey's database, windows and wire."""
