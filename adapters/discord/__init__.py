"""Discord: the gateway inward, the REST API outward. Knows nothing of other platforms."""

import warnings

# discord.py imports audioop for voice, which this product has no use for; Python 3.11 and 3.12 warn of it.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=".*audioop.*", category=DeprecationWarning)
    import discord  # noqa: F401  # imported here once, under the filter
