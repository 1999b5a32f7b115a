"""The recovery of a city, rehearsed: its databases are set back, and it must converge.

`drill` does it to a running city, `verdict` says what came of it (pure), `run` is the command.
"""
