"""From what a citizen says about a place to the office that is competent there: addresses,
names, points and polygons.
"""
