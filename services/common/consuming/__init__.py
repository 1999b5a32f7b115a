"""A service's reading of the bus: what is held of each partition, what the handler says of
it, what is committed; and the views that every replica keeps whole.
"""
