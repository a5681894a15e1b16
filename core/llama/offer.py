"""What a model server offers, from one ``GET /models``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.errors import ModelMissing, ModelUnreachable
from core.llama.connection import Connection
from core.llama.detect import detected, facts_listed
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import Facts
from core.llama.patience import Patience
from core.llama.profile import Profile
from core.llama.shapes import as_list, as_object, as_text

_LIST_SECONDS: Final = 10.0
_FILE: Final = ".gguf"


@dataclass(frozen=True, slots=True)
class Offer:
    """The ids that a server lists, what it says of each, and which kind of server it looks like."""

    names: tuple[str, ...]
    profile: Profile
    facts: Mapping[str, Facts] = field(default_factory=dict)

    def facts_of(self, name: str) -> Facts:
        """What the server says of a model; nothing where it is silent."""
        return self.facts.get(name, Facts())


async def ask_offer(endpoint: Endpoint, deadlines: Deadlines) -> Offer:
    """Ask a server what it offers, over a connection of its own, for 10 s at most. Raises ``ModelError``."""
    seconds = min(_LIST_SECONDS, deadlines.first)
    connection = Connection(endpoint, deadlines, None)
    try:
        body = await connection.get("/models", Patience(replace(deadlines, first=seconds, total=seconds)))
    except ModelMissing as error:
        raise ModelUnreachable(f"there is no /models ({error}); most addresses end in /v1") from error
    finally:
        await connection.aclose()
    return Offer(names_in(body), detected(endpoint.base_url, body), facts_listed(body))


def shown_name(model: str) -> str:
    """A model's id as people read it: without an alias llama.cpp's server takes the path of the file."""
    if not model.lower().endswith(_FILE):
        return model
    return re.split(r"[\\/]", model)[-1][: -len(_FILE)] or model


def names_in(body: object) -> tuple[str, ...]:
    """The ids of a list of models in OpenAI's shape, llama.cpp's and Ollama's second one, or a bare list."""
    whole = as_object(body)
    entries = as_list(body) or as_list(whole.get("data")) or as_list(whole.get("models"))
    return tuple(dict.fromkeys(filter(None, map(_id, entries))))


def _id(entry: object) -> str:
    known = as_object(entry)
    return as_text(entry) or as_text(known.get("id")) or as_text(known.get("name"))
