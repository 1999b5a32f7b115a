"""Brings what a run saved to the bus, in order, and what dead runs left. It knows outboxes
and runs, and no aggregate.
"""
