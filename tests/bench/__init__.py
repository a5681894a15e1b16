"""The bench: what the product adds to the model's own time, and what it costs. ``make bench``."""
