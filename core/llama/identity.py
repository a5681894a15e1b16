"""Which model answers on one server, and what kind of server it is."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from core.errors import ModelError, ModelMissing, ModelUnreachable
from core.llama.catalog import Catalog
from core.llama.connection import Connection
from core.llama.detect import by_address, detected, facts_listed
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import DEFAULT_WINDOW, Facts
from core.llama.loaded import LoadedContext
from core.llama.model_table import CATALOG
from core.llama.offer import Offer, names_in
from core.llama.patience import Patience
from core.llama.profile import Profile
from core.llama.profiles import OPENAI, fitted

_LIST_SECONDS: Final = 10.0
# Somebody waits for an answer, which goes on without what the list would have said.
_GLANCE_SECONDS: Final = 3.0
_AGAIN_SECONDS: Final = 60.0
_NAMES_SHOWN: Final = 10

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """A model on a server: its id there, the server's profile, what is known of it, its window in tokens."""

    name: str
    profile: Profile
    facts: Facts
    window: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beforehand.

    ``facts`` are the operator's and hold against everything else. ``profile`` is ``None`` to find out.
    """

    facts: Facts = Facts()  # noqa: RUF009 - a frozen value
    profile: Profile | None = None
    catalog: Catalog = CATALOG


class Acquaintance:
    """Gets to know a server, once; while it cannot be asked, its address and the model's name must do."""

    def __init__(
        self,
        endpoint: Endpoint,
        connection: Connection,
        deadlines: Deadlines,
        knowledge: Knowledge,
        loaded: LoadedContext,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._deadlines = deadlines
        self._knowledge = knowledge
        self._loaded = loaded
        self._monotonic = monotonic
        self._asking = asyncio.Lock()
        self._offer: Offer | None = None
        self._again = float("-inf")
        self._has_warned = False

    async def offer(self) -> Offer:
        """What the server offers now. Raises ``ModelError``."""
        async with self._asking:
            return await self._ask(_LIST_SECONDS)

    async def identity(self) -> Identity:
        """Which model answers. Raises ``ModelError`` where its name has to be asked for and cannot be."""
        named = self._endpoint.model
        async with self._asking:
            if named is None and (self._offer is None or len(self._offer.names) != 1):
                await self._ask(_LIST_SECONDS)
            elif self._offer is None and self._monotonic() >= self._again:
                await self._glance()
        identity = self._identity(named or self._only())
        return await self._as_loaded(identity) if identity.profile.truncates else identity

    async def _as_loaded(self, identity: Identity) -> Identity:
        """With the context that the model really has, which may be less than what somebody set here."""
        context = await self._loaded.of(identity.name)
        if context is None:
            return identity
        stated = self._stated(identity.name)
        if stated is None or stated <= context:
            return replace(identity, window=stated or context)
        if not self._has_warned:
            self._has_warned = True
            advice = f"set OLLAMA_CONTEXT_LENGTH={stated} for the server, or LLAMA_CONTEXT={context}"
            _log.warning("model.context_is_smaller", model=identity.name, tokens=context, advice=advice)
        return replace(identity, window=context)

    async def _glance(self) -> None:
        try:
            await self._ask(_GLANCE_SECONDS)
        except ModelError as error:
            self._again = self._monotonic() + _AGAIN_SECONDS
            _log.info("model.server_not_known_yet", kind=type(error).__name__)

    async def _ask(self, longest: float) -> Offer:
        seconds = min(longest, self._deadlines.first)
        patience = Patience(replace(self._deadlines, first=seconds, total=seconds))
        try:
            body = await self._connection.get("/models", patience)
        except ModelMissing as error:
            raise ModelUnreachable(
                f"{self._endpoint.origin} has no /models there ({error}); does LLAMA_BASE_URL end in /v1?"
            ) from error
        self._offer = Offer(names_in(body), detected(self._endpoint.base_url, body), facts_listed(body))
        return self._offer

    def _identity(self, name: str) -> Identity:
        offer = self._offer
        guessed = offer.profile if offer else by_address(self._endpoint.base_url) or OPENAI
        profile = fitted(self._knowledge.profile or guessed, name)
        heard = offer.facts_of(name) if offer else Facts()
        entry = self._knowledge.catalog.entry(name, self._endpoint.base_url, heard)
        window = self._stated(name)
        if window is None:
            window = entry.facts.window or DEFAULT_WINDOW
            if not self._endpoint.hosted:
                # A server of one's own rarely has the whole window, and some drop what is too much silently.
                window = min(window, profile.window or DEFAULT_WINDOW)
        return Identity(name, profile, self._knowledge.facts.over(entry.facts), window)

    def _stated(self, name: str) -> int | None:
        """The window that the operator or the server's list states."""
        heard = self._offer.facts_of(name) if self._offer else Facts()
        entry = self._knowledge.catalog.entry(name, self._endpoint.base_url, heard)
        return self._knowledge.facts.over(entry.stated).window

    def _only(self) -> str:
        names = self._offer.names if self._offer else ()
        origin = self._endpoint.origin
        if len(names) == 1:
            return names[0]
        if not names:
            raise ModelMissing(f"{origin} offers no model; set LLAMA_MODEL")
        more = ", ..." if len(names) > _NAMES_SHOWN else ""
        shown = ", ".join(names[:_NAMES_SHOWN])
        raise ModelMissing(f"{origin} offers {shown}{more}; set LLAMA_MODEL to one of them")
