"""Attachments read into parts."""
