"""A platform that keeps account of what arrived, and is not always quick to tell."""

from dataclasses import dataclass, field

from core.capabilities import Capabilities
from core.delivery import Draft, FileDraft, Lookup, Outcome, Sent, Unknown
from core.errors import PlatformError
from tests.fakes.platform import FakePlatform


def unhurried(limit: int) -> Capabilities:
    """No paces, so that a run depends on no clock; a button, so that nobody may forget to take it away."""
    return Capabilities(
        max_message=limit, measure=len, paces=(), formatting="Plain text.", stop_button=True, max_file=1000
    )


@dataclass
class StrictPlatform(FakePlatform):
    """Notes each post that arrives. ``keys`` says how soon one can be found by its key.

    ``at once``; ``refused``: the first question about a key fails; ``late``: it gets no answer in
    time; ``unseen``: it finds nothing. With ``unsure`` the first post under a key arrives, and
    nobody says so.
    """

    arrived: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)
    keys: str = "at once"
    unsure: bool = False

    async def post(self, draft: Draft) -> Outcome:
        outcome = await FakePlatform.post(self, draft)
        if not isinstance(outcome, Sent):
            return outcome
        self.arrived.append(draft.key)
        return Unknown("no answer") if self.unsure and self.arrived.count(draft.key) == 1 else outcome

    async def post_file(self, draft: FileDraft) -> Outcome:
        outcome = await FakePlatform.post_file(self, draft)
        if not isinstance(outcome, Sent):
            return outcome
        self.arrived.append(draft.key)
        return Unknown("no answer") if self.unsure and self.arrived.count(draft.key) == 1 else outcome

    async def find(self, lookup: Lookup) -> str | None:
        is_first = lookup.key not in self.asked_for
        if is_first:
            self.asked_for.append(lookup.key)
        if is_first and self.keys == "refused":
            raise PlatformError("not now")
        if is_first and self.keys == "late":
            raise TimeoutError
        if is_first and self.keys == "unseen":
            return None
        return await FakePlatform.find(self, lookup)
