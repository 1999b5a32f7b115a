"""The world outside a city, simulated, and the judge of what the city did with it.

Owns who asks what and when (`actors`), whether every promise was kept (`judge`), and four ways to
drive a city: a morning, a record (`replay`), a load (`bench`), a recovery (`rehearsal`). Knows the
services by their contracts alone; starting and stopping them is `deploy.local`'s.
"""
