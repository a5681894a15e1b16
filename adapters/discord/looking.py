"""``/image``: pictures with what to do about them."""

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from adapters.discord.asking import (
    NOT_ALLOWED,
    NOT_HERE,
    Asking,
    Interaction,
    Question,
    address_of,
    may_write,
    tell,
)
from adapters.discord.inbound import command_thread
from core import picture_phrases
from core.extraction import checked_schema
from core.presets import ASK, JSON, PRESETS, named

PICTURES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/bmp",
        "image/tiff",
        "image/avif",
        "image/heic",
    }
)
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic")
NO_PICTURE = "**{name}** is not a picture that I can open. Please choose a PNG, JPEG, GIF or WebP file."
CHOICES = [app_commands.Choice(name=preset.label, value=preset.name) for preset in PRESETS]

Callback = Callable[..., Awaitable[None]]


def look_with(asking: Asking, question_described: str) -> Callback:
    """The command's callback, with its options as Discord shows them."""

    async def look(  # noqa: PLR0913, PLR0917 - each is an option that Discord shows
        interaction: Interaction,
        picture: discord.Attachment,
        preset: str = ASK.name,
        question: str = "",
        picture2: discord.Attachment | None = None,
        picture3: discord.Attachment | None = None,
        picture4: discord.Attachment | None = None,
        schema: str = "",
        private: bool = False,  # noqa: FBT001, FBT002 - an option, which people choose by its name
    ) -> None:
        pictures = tuple(each for each in (picture, picture2, picture3, picture4) if each is not None)
        chosen = JSON if schema.strip() and preset == ASK.name else named(preset)
        if schema.strip() and chosen is not JSON:
            await tell(interaction, picture_phrases.SCHEMA_WITHOUT_JSON)
            return
        try:
            checked = checked_schema(schema) if chosen is JSON else ""
        except ValueError as error:
            await tell(interaction, str(error))
            return
        asked = Question(interaction, question, pictures, chosen, checked)
        await _look(asking, asked, is_private=private)

    described = app_commands.describe(
        picture="The picture to look at",
        preset="What to do with it",
        question=question_described,
        picture2="A second picture",
        picture3="A third picture",
        picture4="A fourth picture",
        schema="For JSON: the JSON Schema that it has to follow",
        private="Answer in our direct messages; you can post it to the channel afterwards",
    )
    return app_commands.choices(preset=CHOICES)(described(look))


async def _look(asking: Asking, question: Question, *, is_private: bool) -> None:
    interaction = question.interaction
    is_private = is_private and interaction.guild_id is not None
    address = address_of(interaction, in_channel=command_thread(interaction.id))
    refusal = refusal_of(question) or (None if is_private or may_write(interaction) else NOT_ALLOWED)
    if address is None or refusal:
        await tell(interaction, refusal or NOT_HERE)
    elif is_private:
        await asking.ask_in_private(question)
    else:
        await asking.ask(question, address)


def refusal_of(question: Question) -> str:
    """Why pictures are not looked at, before anything is kept of them; empty where they are."""
    for picture in question.pictures:
        if not is_picture(picture):
            return NO_PICTURE.format(name=discord.utils.escape_markdown(picture.filename))
    return picture_phrases.too_few(question.preset, len(question.pictures))


def is_picture(file: discord.Attachment) -> bool:
    """By the sender's claim; the bytes are checked when they are read."""
    mime = (file.content_type or "").partition(";")[0].strip().lower()
    return mime in PICTURES or (not mime and file.filename.lower().endswith(PICTURE_ENDINGS))
