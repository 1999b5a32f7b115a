"""Where people and programs ask."""
