"""The desk of an office at `/desk`: its clerks sign in with the office's key, see its work and do
it."""
