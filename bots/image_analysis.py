"""Image analysis by slash command: one definition, which each platform draws in its own way.

Discord takes the picture as the command's option; Slack opens a form with a file field. The
picture is read and scaled by ``core/files``, and a model that reads text only is said to be one.
"""

from core.commands import CommandSpec
from core.presets import LOOKED_BACK_MOST

IMAGE = CommandSpec(
    "image", "Ask about a picture", argument="what you want to know", asks=True, takes_file=True
)
ALT = CommandSpec(
    "alt",
    f"Write alt text for the newest pictures here, up to {LOOKED_BACK_MOST}",
    argument="a language, or what matters to you",
    asks=True,
    looks_back=True,
)
