"""Markdown, parsed: segments that fit a platform, and nothing cut in two."""
