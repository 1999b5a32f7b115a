"""What officials teach: sentences for the next training."""
