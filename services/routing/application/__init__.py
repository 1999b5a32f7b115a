"""Load → decide → save, and what that needs from outside."""
