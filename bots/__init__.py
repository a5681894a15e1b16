"""The products and their wiring: the only folder that reads the environment."""
