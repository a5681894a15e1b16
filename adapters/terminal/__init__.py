"""The same talk in a terminal."""
