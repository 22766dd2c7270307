"""The training stages, the loop that trains them, its schedule and its state."""
