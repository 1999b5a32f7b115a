"""The messaging kit: how state is kept, how a message travels, how time passes, who calls.

It knows no service, no office and no rule of a city: only that the events of one inquiry are a
life, that its id is their key, and that nobody's words may stand in a log.
"""
