"""The outside: the contracts, the database, intake."""
