"""The operator hears of a model server that cannot answer before something is changed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from core import operator_phrases
from core.conversation.notices import Notices, OperatorNotice
from core.errors import ModelError, ModelMissing, ModelQuotaSpent, ModelRefusedKey
from core.operator_phrases import ModelServer
from core.ports import Clock, Model, Moderation, Moderator
from core.transcript import Finished, ModelEvent, ModelInfo, ModelRequest

QUIET_S: Final = 3_600.0

Say = Callable[[ModelServer, float, float], str]
# What passes by itself is not told.
SAID: Final[dict[type[ModelError], tuple[str, Say]]] = {
    ModelRefusedKey: ("key refused", operator_phrases.key_refused),
    ModelMissing: ("model missing", operator_phrases.model_missing),
    ModelQuotaSpent: ("account empty", operator_phrases.quota_spent),
}
LASTING: Final = tuple(SAID)


class ModelTrouble:
    """Where models say how their calls end; :meth:`listen` once there is somebody to tell."""

    def __init__(self) -> None:
        self._watch: ModelWatch | None = None

    def listen(self, watch: "ModelWatch") -> None:
        """Tell this watch from now on."""
        self._watch = watch

    def failed(self, server: ModelServer, error: ModelError) -> None:
        """A call failed."""
        if self._watch is not None:
            self._watch.failed(server, error)

    def answered(self, server: ModelServer) -> None:
        """A call was answered."""
        if self._watch is not None:
            self._watch.answered(server)


class ModelWatch:
    """Tells what keeps a server from answering, once an hour for each server and key."""

    def __init__(self, notices: Notices, clock: Clock) -> None:
        self._notices = notices
        self._clock = clock
        # Since when each server fails so, in unix seconds.
        self._since: dict[tuple[str, str], float] = {}

    def failed(self, server: ModelServer, error: ModelError) -> None:
        """Take a failure. Returns at once and never fails."""
        kind = next((kind for kind in LASTING if isinstance(error, kind)), None)
        if kind is None:
            return
        matter, say = SAID[kind]
        if kind is ModelMissing:
            matter = f"{matter}: {server.model}"
        now = self._clock.now()
        since = self._since.setdefault((_name(server), matter), now)
        subject = f"model server {_name(server)}"
        self._notices.tell(OperatorNotice(subject, matter, say(server, since, now), QUIET_S))

    def answered(self, server: ModelServer) -> None:
        """Take that a server answers: what fails next begins then."""
        if self._since:
            self._since = {key: at for key, at in self._since.items() if key[0] != _name(server)}


def _name(server: ModelServer) -> str:
    return f"{server.origin} by {server.key_setting}"


class Watched:
    """A ``Model`` that says how its calls end. Those that are told of go on as they were."""

    def __init__(self, model: Model, server: ModelServer, trouble: ModelTrouble) -> None:
        self._model = model
        self._server = server
        self._trouble = trouble

    async def info(self) -> ModelInfo:
        """Which model answers; see :class:`~core.ports.Model`."""
        try:
            return await self._model.info()
        except LASTING as error:
            self._trouble.failed(self._server, error)
            raise

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`."""
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        self._trouble.answered(self._server)
                    yield event
        except LASTING as error:
            self._trouble.failed(self._server, error)
            raise


class WatchedModerator:
    """A ``Moderator`` that says how its checks end."""

    def __init__(self, moderator: Moderator, server: ModelServer, trouble: ModelTrouble) -> None:
        self._moderator = moderator
        self._server = server
        self._trouble = trouble

    async def check(self, *texts: str, asked: str = "") -> Moderation:
        """Check texts; see :class:`~core.ports.Moderator`."""
        try:
            found = await self._moderator.check(*texts, asked=asked)
        except LASTING as error:
            self._trouble.failed(self._server, error)
            raise
        self._trouble.answered(self._server)
        return found
