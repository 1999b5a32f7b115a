"""Whether a city kept its promises: nothing lost, doubled or invented.

`history` and `evidence` read what a city tells and stores; the verdicts (`promises`, `checker`) are
pure.
"""
