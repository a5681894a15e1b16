"""What a reader may do once a file has taken it over, to be tried in a real worker process."""
