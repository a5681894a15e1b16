"""Stores with all that is kept of people, and whose it is."""

from typing import Protocol

from core.address import Address
from core.audit import AuditStore
from core.forgetting import ForgetStore
from core.message import Attachment, Author
from core.policy_store import RuleStore
from core.principal import Principal
from core.spending import ToldStore
from core.storage import Store
from core.transcript import Image, ImagePart, TextPart
from tests.contract.stores import ADDRESS
from tests.questions import ADA

PICTURE = Attachment("f1", "cat.png", "image/png", 3, "x")
CAT = (TextPart("look"), ImagePart("h1", "image/png", 1, 1, "cat.png"))
IMAGE = (("h1", Image("image/png", b"png")),)


class Keeping(Store, ForgetStore, AuditStore, RuleStore, ToldStore, Protocol):
    """A store with all that is kept of people."""


def person(author: Author = ADA, address: Address = ADDRESS) -> Principal:
    return Principal.of(author, address)
