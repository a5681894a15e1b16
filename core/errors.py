"""The one error tree.

TampuError
|- StartupError            a start that cannot go on; its text names what to do
|- ModelError              the model did not answer; ``told`` is what people may read
|  |- ModelUnreachable     |- ModelRefusedKey      |- ModelMissing       |- ModelBusy
|  |- ModelQuotaSpent      |- ContextOverflow      |- ContentFiltered    |- ModelRejected
|  |- ModelBroke           |- ModelTimedOut        |- StreamCut          |- NoVision
|  `- BudgetSpent          it was not asked: a budget has no room for the call
|- PlatformError           a chat platform did not do what was asked
|- StoreError              the database: |- DatabaseInUse |- NewerDatabase |- LeaseLost |- Overtaken
|- FileError               a file cannot be read; ``told`` says why
`- ToolError               a tool's call failed: |- ToolRetry (correct it) |- ToolFailed (over)
"""

_SOON_S = 90.0
_MINUTE_S = 60
_HOUR_S = 3600
_MOST_MINUTES_S = 90 * _MINUTE_S
_MOST_HOURS_S = 48 * _HOUR_S


class TampuError(Exception):
    """Every error of ours. The message is for the log; people are told :attr:`told`."""

    told = "Something went wrong on my side. Please try again."


class StartupError(TampuError):
    """The program cannot start. The message is one sentence that names what to do."""


class ModelError(TampuError):
    """The model gave no whole answer."""

    told = "The model could not answer. Please try again."


class ModelUnreachable(ModelError):
    """No connection to the model server."""

    told = (
        "I can't reach the model server right now. Please try again in a moment; "
        "if it stays away, the operator should check LLAMA_BASE_URL."
    )


class ModelRefusedKey(ModelError):
    """HTTP 401 or 403."""

    told = "The model server refused my key. The operator should check LLAMA_API_KEY."


class ModelMissing(ModelError):
    """The server does not know the model."""

    told = "The model server does not have the model I am set to. The operator should check LLAMA_MODEL."


class ModelBusy(ModelError):
    """HTTP 429 or 503: too many requests. ``retry_after`` is seconds, if the server said; it is told."""

    told = "The model is busy right now. Please try again in a minute."

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        if retry_after is not None and retry_after > _SOON_S:
            self.told = f"The model is busy right now. Please try again in {_about(retry_after)}."


class ModelForbidden(ModelError):
    """No model may answer whoever asks."""

    told = "There is no model here that may answer you. Please ask an admin here, or whoever runs me."


class ModelQuotaSpent(ModelError):
    """The account behind the key has nothing left."""

    told = "The account behind my model key has run out. The operator needs to look at it."


class ContextOverflow(ModelError):
    """The conversation does not fit the model's window."""

    told = "This conversation no longer fits the model. Say /new to begin afresh."


class ContentFiltered(ModelError):
    """The model or its server declined on policy."""

    told = "The model declined to answer that."


class ModelRejected(ModelError):
    """Another 4xx: the request itself was refused."""

    told = "The model server did not accept the request. The operator will find the reason in the log."


class ModelBroke(ModelError):
    """A 5xx, or an answer that cannot be understood."""

    told = "The model server failed. Please try again in a moment."


class ModelTimedOut(ModelError):
    """No event within the deadline. ``waiting_for`` is ``first``, ``next`` or ``end``."""

    told = "The model took too long. Please try again in a moment."

    def __init__(self, message: str, waiting_for: str) -> None:
        super().__init__(message)
        self.waiting_for = waiting_for


class StreamCut(ModelError):
    """The stream ended without a reason to finish."""

    told = "The model was cut off before it had finished. Please ask again."


class NoVision(ModelError):
    """The model cannot look at pictures."""

    told = "The model I run on reads text only: it cannot look at pictures."


class NoPictures(ModelError):
    """Something was asked of pictures, and there are not enough. ``told`` says so; no model was called."""

    def __init__(self, told: str) -> None:
        super().__init__("not enough pictures")
        self.told = told


class BudgetSpent(ModelError):
    """A budget has no room for the call, so it was not made. ``told`` says which, and until when."""

    def __init__(self, message: str, told: str) -> None:
        super().__init__(message)
        self.told = told


class PlatformError(TampuError):
    """A chat platform did not do what was asked. ``retry_after`` is seconds, if it said."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreError(TampuError):
    """The database cannot do what was asked."""


class DatabaseInUse(StoreError):
    """Another process owns this database."""


class NewerDatabase(StoreError):
    """The database was written by a newer version."""


class LeaseLost(StoreError):
    """Another holder has taken this thread's lane since."""


class Overtaken(StoreError):
    """The question was edited or deleted meanwhile: the turn goes on anew from its rows."""


class FileError(TampuError):
    """A file cannot be read. ``told`` of the instance says why."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class ToolError(TampuError):
    """A tool call failed; the message goes to the model."""


class ToolRetry(ToolError):
    """The call was wrong; the model may correct it."""


class ToolFailed(ToolError):
    """The tool cannot do it; the model should go on without."""


def _about(seconds: float) -> str:
    """A wait as people say it, rounded up."""
    if seconds <= _MOST_MINUTES_S:
        return f"about {-int(-seconds // _MINUTE_S)} minutes"
    if seconds <= _MOST_HOURS_S:
        return f"about {-int(-seconds // _HOUR_S)} hours"
    return "a few days"
