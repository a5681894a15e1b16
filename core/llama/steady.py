"""A model that holds out: retries, a line, a budget and a breaker around one that has none of it.

From the outside in: :class:`~core.llama.retrying.Retrying` asks again, and each try stands in the
:class:`~core.llama.line.Line` of its server, goes through its :class:`~core.llama.breaker.Breaker`, and
only then out. Several such models make a :class:`~core.llama.chain.Chain`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.llama.breaker import Breaker, BreakerRules, Guarded
from core.llama.endpoint import Endpoint
from core.llama.line import Line, LineRules
from core.llama.queued import Queued, Weigh
from core.llama.retrying import Retrying, RetryRules
from core.ports import Clock, Model


@dataclass(frozen=True, slots=True)
class Server:
    """What all models of one server and key share."""

    line: Line
    breaker: Breaker

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take the headers (lower-case names) of a response."""
        self.line.observe(headers)


class Servers:
    """The servers, each made when it is first named. Models of one address and key get the same."""

    def __init__(self, clock: Clock, breaker_rules: BreakerRules = BreakerRules()) -> None:  # noqa: B008 - frozen
        self._clock = clock
        self._breaker_rules = breaker_rules
        self._known: dict[tuple[str, str], Server] = {}

    def of(self, endpoint: Endpoint, rules: LineRules) -> Server:
        """The server of an endpoint; ``rules`` are those of the first that named it."""
        key = (endpoint.base_url, endpoint.api_key)
        if key not in self._known:
            self._known[key] = Server(Line(rules, self._clock), Breaker(self._breaker_rules, self._clock))
        return self._known[key]


def steady(model: Model, server: Server, weigh: Weigh, rules: RetryRules, clock: Clock) -> Retrying:
    """Wrap a model; ``weigh`` estimates the tokens of a request's prompt."""
    queued = Queued(Guarded(model, server.breaker), server.line, weigh)
    # The line holds back everybody after a refusal, and knows who is next.
    return Retrying(queued, replace(rules, rests_when_busy=False), clock)
