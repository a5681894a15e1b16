"""The store in memory: what one process forgets at its end, and a test can copy."""

from dataclasses import dataclass

from tests.fakes.boots import MemoryBoots
from tests.fakes.calls import MemoryCalls
from tests.fakes.choices import MemoryChoices
from tests.fakes.documents import MemoryDocuments
from tests.fakes.forgetting import MemoryForgetting
from tests.fakes.inbox import MemoryInbox
from tests.fakes.library import MemoryLibrary
from tests.fakes.posts import MemoryPosts
from tests.fakes.recall import MemoryRecall
from tests.fakes.retention import MemoryRetention


@dataclass
class MemoryStore(
    MemoryPosts,
    MemoryCalls,
    MemoryInbox,
    MemoryLibrary,
    MemoryBoots,
    MemoryRecall,
    MemoryChoices,
    MemoryForgetting,
    MemoryRetention,
    MemoryDocuments,
):
    """Implements core.storage.Store. Nothing waits in it, so every method is one transaction."""
