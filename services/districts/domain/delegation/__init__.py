"""A delegation: a kind of permit that a district hands to its community offices, and its rules."""
