"""Whole lifecycles under an open-loop load, measured from outside.

The load generator is a process of its own, so that its cost is told apart from the city's.
"""
