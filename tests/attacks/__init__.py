"""Person B tries to get at what is person A's: every attempt is a test, and none succeeds."""
