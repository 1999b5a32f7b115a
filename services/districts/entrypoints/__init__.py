"""Where the software of offices and the other services ask."""
