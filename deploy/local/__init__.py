"""The whole city on one machine: a real broker, a real database and the five services as processes.

Owns starting, watching and stopping them; knows nothing of what an inquiry is.
"""
