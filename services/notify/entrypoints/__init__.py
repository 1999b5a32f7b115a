"""Where notify is reached: bus and HTTP."""
