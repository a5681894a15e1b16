"""Stores with all that is kept of people, and whose it is."""

from typing import Protocol

from core.address import Address
from core.audit import AuditStore
from core.forgetting import ForgetStore
from core.message import Author
from core.policy_store import RuleStore
from core.principal import Principal
from core.spending import ToldStore
from core.storage import Store
from tests.contract.stores import ADDRESS
from tests.questions import ADA


class Keeping(Store, ForgetStore, AuditStore, RuleStore, ToldStore, Protocol):
    """A store with all that is kept of people."""


def person(author: Author = ADA, address: Address = ADDRESS) -> Principal:
    return Principal.of(author, address)
