"""What every part of one process stands on: the stages of its start and stop, background
work, threads, pace, growing pauses, the clock and telemetry.
"""
