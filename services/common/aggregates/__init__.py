"""State, and the one guarded write that changes it: load → decide → save, by groups and when
a time has come. `persistence` joins every store of a service with its publishing.
"""
