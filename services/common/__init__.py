"""The messaging kit: how state is kept, how a message travels, how time passes. Knows no domain word."""
