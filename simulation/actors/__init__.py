"""Who deals with a city from outside: citizens, offices and their staff, the desk, respondents.

Each uses what the world uses: the public API, the offices' gRPC, the messages in the mailbox.
"""
