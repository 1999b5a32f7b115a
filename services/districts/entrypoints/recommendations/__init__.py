"""The recommendation report on delegations, as it is shown: data, text, and a page to sign."""
