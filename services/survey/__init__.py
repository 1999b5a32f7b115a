"""Survey: asks each answered citizen once how satisfied they are, and says how many are."""
