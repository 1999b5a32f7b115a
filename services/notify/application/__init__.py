"""What notify does with events and time."""
