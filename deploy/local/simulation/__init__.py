"""Simulated citizens and offices, who use the city as real ones would, and a judge of the outcome.

Owns who asks what and when, how offices work, and the check that nothing was lost, doubled or
invented. Knows the services by their contracts alone.
"""

from deploy.local.simulation.play import next_steps, play
from deploy.local.simulation.summary import Summary

__all__ = ["Summary", "next_steps", "play"]
