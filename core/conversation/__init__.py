"""The story of a turn, from event to last edit."""
