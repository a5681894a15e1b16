"""Tests by kind, and the emulators that they talk to."""
