"""What intake does for a citizen, a system, another service and an event."""
