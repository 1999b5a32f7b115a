"""Which mail addresses reach the same person: one rule for all who count by recipient."""

from __future__ import annotations


def counted_mailbox(address: str) -> str:
    """One spelling for all addresses that reach the same mailbox, to count by and never to send to.

    `address` is one that may be sent to, its domain in ASCII; any other text gives some text. Case
    matters to few mail servers and to no attacker, and what follows a `+` only sorts a citizen's
    own mail: else one mailbox could be flooded under many names. An address that begins with its
    `+` has no other name, so that one is kept.
    """
    local, at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
