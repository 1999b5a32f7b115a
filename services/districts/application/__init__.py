"""Load → decide → save, what offices watch, and what that needs from outside."""
