"""How districts serves its offices: commands, watches, lists and memory at a size like years of
service. `run` measures, `load` is the offices' side as a process of its own."""
