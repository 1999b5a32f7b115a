"""The messaging kit: how state is kept, how a message travels, how time passes.

It knows no domain word.
"""
