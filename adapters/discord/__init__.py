"""Discord over the gateway."""
