"""Image analysis by slash command: one definition, which each platform draws in its own way.

Discord takes the picture as the command's option; Slack opens a form with a file field. The
picture is read and scaled by ``core/files``, and a model that reads text only is said to be one.
"""

from core.commands import CommandSpec

IMAGE = CommandSpec(
    "image", "Ask about a picture", argument="what you want to know", asks=True, takes_file=True
)
