"""What survey does with events, commands and time."""
