"""What the assistant says by itself of pictures, and of answers that were given in private."""

from collections.abc import Sequence

from core.presets import Preset

NO_PICTURE = "There is no picture here that I could look at. Please send me one, and ask again."
NOTHING_TO_SHARE = "I no longer have the answer that was to be posted here, so there is nothing to show."
NO_PAST_PICTURES = "There is no picture among the newest messages here. Post one, and ask again."
PAST_UNREADABLE = (
    "I could not read the newest messages here. I have to be in the channel, and allowed to see what was "
    "said there before; please try again."
)
NOT_A_PICTURE = "(this is no picture that I can open)"
NO_WORDS = "(the model said nothing of it)"
SHARE_LABEL = "Post to the channel"
SHARED = "I post it in the channel where you asked."
SHARED_ALREADY = "It is posted in the channel already."
SHARE_REQUEST = "Show here what you answered me in private."
ASKED_ALREADY = "You asked for this here already; the answer stands below."
IN_PRIVATE = "I answer you in our direct messages. Nobody else sees it."

# Taken out of names: what would be drawn as something else there.
_MARKS = str.maketrans("", "", "*_~`[]<>|\\")


def too_few(preset: Preset, pictures: int) -> str:
    """Say that a preset needs more pictures than there are; empty where there are enough.

    One's own words need none.
    """
    if not preset.prompt or pictures >= preset.least:
        return ""
    if pictures == 0:
        return NO_PICTURE
    return f"To compare I need {preset.least} pictures or more, and there is only {pictures}."


def alt_request(words: str) -> str:
    """Word the question for alt texts, with what somebody wants minded."""
    request = "Alt text for the newest pictures here"
    return f"{request}: {words.strip()}" if words.strip() else request


def captioned(name: str, link: str, text: str) -> str:
    """One line of a list of alt texts: whose it is, where the picture stands, and the text itself."""
    shown = f"**{name.translate(_MARKS)}**"
    where = f" ([message]({link}))" if link else ""
    return f"- {shown}{where}: {' '.join(text.split())}\n"


def only_some_fit(pictures: int) -> str:
    """Say that the model's window has no room for all pictures that were sent."""
    return (
        f"Only {pictures} of these pictures fit into what the model can read at once, so I cannot compare "
        "them. Begin afresh with /new, or the operator can set a larger window for the model."
    )


def not_by_schema(why: str) -> str:
    """Say of JSON that it is not as it was asked for, also when asked a second time."""
    return f"*(This does not fit what you asked for: {why}. I asked the model twice.)*"


def shared(name: str, question: str, files: Sequence[str]) -> str:
    """Stand above an answer that was given in private: who asked, and what, in Markdown."""
    name = name.translate(_MARKS)
    about = f" (about {', '.join(files)})" if files else ""
    asked = "\n".join(f"> {line}" for line in question.splitlines())
    return f"**{name}** asked me in private{about}:\n{asked}\n\n**Tampu's answer:**\n\n"
