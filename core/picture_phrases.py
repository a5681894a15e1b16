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
SCHEMA_WITHOUT_JSON = "A schema goes with “As JSON” only. Choose that, or leave the schema out."
IN_PRIVATE = "I answer you in our direct messages. Nobody else sees it."

_NO_ROOM = (
    "there is no more room in what the model can read at once. Begin afresh with /new, or the operator can "
    "give the model a larger window or choose one that takes more pictures."
)

NONE_FITS = f"I could not look at it: {_NO_ROOM}"

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


def left_out(names: Sequence[str], shown: int) -> str:
    """Say that the model takes fewer pictures at once than were asked about: which go, how many stay."""
    listed = ", ".join(names)
    if shown == 0:
        return f"I don't look at {listed}: {_NO_ROOM}"
    return (
        f"I look at {shown} of these {shown + len(names)} pictures: the model takes no more at once. "
        f"Left out: {listed}."
    )


def only_some_fit(pictures: int) -> str:
    """Say that too few pictures have room to compare them."""
    return f"I cannot compare these pictures, for I can look at only {pictures} of them: {_NO_ROOM}"


def not_by_schema(why: str) -> str:
    """Say of JSON that it is not as it was asked for, also when asked a second time."""
    return f"*(This does not fit what you asked for: {why}. I asked the model twice.)*"


def shared(name: str, question: str, files: Sequence[str]) -> str:
    """Stand above an answer that was given in private: who asked, and what, in Markdown."""
    name = name.translate(_MARKS)
    about = f" (about {', '.join(files)})" if files else ""
    asked = "\n".join(f"> {line}" for line in question.splitlines())
    return f"**{name}** asked me in private{about}:\n{asked}\n\n**Tampu's answer:**\n\n"
