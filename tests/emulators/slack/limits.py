"""Rate limits as Slack documents them: chat.postMessage per channel, the rest per method and tier."""

import math
import time
from dataclasses import dataclass

PER_MINUTE = {2: 20, 3: 50, 4: 100}
BURST = {2: 5, 3: 10, 4: 25}
TIERS = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "conversations.info": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.open": 3,
    "conversations.members": 4,
    "files.info": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
    "users.conversations": 3,
    "users.info": 4,
    "usergroups.list": 2,
    "views.open": 4,
    "views.update": 4,
    "reactions.add": 3,
}
POSTS_PER_SECOND = 1.0
POST_BURST = 4


@dataclass(slots=True)
class Bucket:
    tokens: float
    at: float


class RateLimits:
    """Token buckets. ``scale`` multiplies all rates and bursts; 0 switches the limits off."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, method: str, channel: str) -> int:
        """0, or the whole seconds that the caller must wait."""
        if self.scale == 0 or (method not in TIERS and method != "chat.postMessage"):
            return 0
        if method == "chat.postMessage":
            return self._spend((method, channel), POSTS_PER_SECOND, POST_BURST)
        tier = TIERS[method]
        return self._spend((method, ""), PER_MINUTE[tier] / 60, BURST[tier])

    def _spend(self, key: tuple[str, str], per_second: float, burst: int) -> int:
        now, full = time.monotonic(), burst * self.scale
        bucket = self._buckets.setdefault(key, Bucket(full, now))
        bucket.tokens = min(full, bucket.tokens + (now - bucket.at) * per_second * self.scale)
        bucket.at = now
        if bucket.tokens < 1:
            return max(1, math.ceil((1 - bucket.tokens) / (per_second * self.scale)))
        bucket.tokens -= 1
        return 0
