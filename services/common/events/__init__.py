"""What an event is on the bus: its contract, its envelope, and its mapping to the domain's
dataclasses.
"""
