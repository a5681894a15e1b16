"""Discord's rate limits: a bucket per route and channel, and one for everything."""

import hashlib
import math
import time
from dataclasses import dataclass, field

BUCKETED = ("channels", "guilds", "webhooks")
FREE_OF_GLOBAL = ("interactions", "webhooks")


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` requests per window of ``seconds`` that opens with the first request."""

    count: int
    seconds: float


@dataclass
class Window:
    """One bucket's present window."""

    limit: Limit
    opened: float = 0.0
    used: int = 0

    def take(self, now: float) -> float:
        """Count a request. Returns 0, or the seconds to wait when there is no room."""
        if now >= self.opened + self.limit.seconds:
            self.opened, self.used = now, 0
        if self.used >= self.limit.count:
            return self.opened + self.limit.seconds - now
        self.used += 1
        return 0.0

    def left(self, now: float) -> tuple[int, float]:
        """Requests left, and the seconds until the window opens anew."""
        return self.limit.count - self.used, max(0.0, self.opened + self.limit.seconds - now)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the limits say to one request."""

    headers: dict[str, str]
    wait: float = 0.0
    is_global: bool = False


@dataclass
class Limits:
    """All buckets. ``table`` maps ``"METHOD route"`` to its limit and may be changed by a test."""

    table: dict[str, Limit] = field(
        default_factory=lambda: {
            "POST /channels/{channel}/messages": Limit(5, 5.0),
            "PATCH /channels/{channel}/messages/{message}": Limit(5, 5.0),
            "DELETE /channels/{channel}/messages/{message}": Limit(5, 1.0),
            "GET /channels/{channel}/messages": Limit(5, 1.0),
            "GET /channels/{channel}/messages/{message}": Limit(50, 1.0),
            "POST /channels/{channel}/typing": Limit(5, 5.0),
        }
    )
    other: Limit = Limit(50, 1.0)
    everything: Window = field(default_factory=lambda: Window(Limit(50, 1.0)))
    windows: dict[str, Window] = field(default_factory=dict)
    refused: int = 0
    invalid: int = 0

    def take(self, method: str, route: str, major: str) -> Taken:
        """Count a request on ``route`` for the channel, guild or webhook ``major``."""
        now = time.monotonic()
        name = f"{method} {route}"
        bucket = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        window = self.windows.setdefault(f"{bucket}:{major}", Window(self.table.get(name, self.other)))
        window.limit = self.table.get(name, self.other)
        kind = route.split("/")[1]
        wait = 0.0 if kind in FREE_OF_GLOBAL else self.everything.take(now)
        if wait:
            self.refused += 1
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            return Taken({**headers, "Retry-After": str(math.ceil(wait))}, wait, is_global=True)
        wait = window.take(now)
        left, reset_after = window.left(now)
        headers = {
            "X-RateLimit-Limit": str(window.limit.count),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{time.time() + reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        if wait:
            self.refused += 1
            headers |= {"X-RateLimit-Scope": "user", "Retry-After": str(math.ceil(wait))}
        return Taken(headers, wait)
