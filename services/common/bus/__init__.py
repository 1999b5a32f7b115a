"""The broker: how records are brought to it and read from it whatever they hold, what may
become of one that was read, and the letters of the dead.
"""
