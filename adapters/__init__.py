"""Chat platforms, one folder each; strangers to each other."""
