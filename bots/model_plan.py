"""The models that the settings name, as one value: who is asked, where, and with what in mind."""

from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from bots.settings import Settings
from bots.settings_values import FallbackServer, ModelRow, Moderated
from core.errors import StartupError
from core.llama.catalog import Catalog, OperatorRow, Price
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import Facts
from core.llama.model_table import TABLE
from core.llama.moderation import Way

_INPUT: Final = frozenset({Moderated.INPUT, Moderated.BOTH})
_OUTPUT: Final = frozenset({Moderated.OUTPUT, Moderated.BOTH})


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """One model on one server.

    ``profile`` is the name that the operator gave its kind of server, empty to find out. ``facts`` hold
    against what is assumed of the model by its name.
    """

    endpoint: Endpoint
    profile: str = ""
    facts: Facts = Facts()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server is asked for. 0 means as much as suits it, or no limit."""

    calls_at_once: int = 0
    requests_per_minute: int = 0
    tokens_per_minute: int = 0


@dataclass(frozen=True, slots=True)
class PlannedModeration:
    """Who checks what is said, and how it is asked. ``fail_open``: people are answered while it is away."""

    endpoint: Endpoint
    way: Way
    reads_input: bool
    reads_output: bool
    fail_open: bool


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """Everything that the settings say of models. ``main`` is ``None`` for the small local model.

    ``fallbacks`` stand in their order; ``choices`` are further models of the main server that people may
    choose. ``max_answer_tokens`` and ``context``, the window in tokens that the
    main server is set to, are ``None`` where nothing is set; else the planned models' facts have them too.
    """

    main: PlannedModel | None
    vision: PlannedModel | None = None
    fallbacks: tuple[PlannedModel, ...] = ()
    choices: tuple[PlannedModel, ...] = ()
    deadlines: Deadlines = Deadlines()  # noqa: RUF009 - a frozen value
    limits: Limits = Limits()
    temperature: float = 0.6
    max_answer_tokens: int | None = None
    moderation: PlannedModeration | None = None
    context: int | None = None
    compaction: bool = True
    catalog: Catalog = Catalog(TABLE)  # noqa: RUF009 - it never changes

    @property
    def models(self) -> tuple[PlannedModel, ...]:
        """All of them, the main one first, each once."""
        named = (self.main, self.vision, *self.fallbacks, *self.choices)
        return tuple(dict.fromkeys(model for model in named if model is not None))


def plan_of(settings: Settings) -> ModelPlan:
    """Plan the models. Raises ``StartupError`` for an address or a key that can never work."""
    catalog = Catalog(TABLE, tuple(_operator_row(*row) for row in settings.llama_models.items()))
    planner = _Planner(settings, catalog)
    main = planner.main()
    fallbacks = tuple(planner.fallback(at, server) for at, server in enumerate(settings.llama_fallback, 1))
    return ModelPlan(
        main=main,
        vision=planner.vision(fallbacks),
        fallbacks=fallbacks,
        choices=planner.choices(),
        deadlines=Deadlines(
            first=settings.llama_first_deadline,
            idle=settings.llama_idle_deadline,
            total=settings.llama_total_deadline,
        ),
        limits=Limits(
            settings.llama_calls_at_once,
            settings.llama_requests_per_minute,
            settings.llama_tokens_per_minute,
        ),
        temperature=settings.llama_temperature,
        max_answer_tokens=settings.llama_max_answer_tokens or None,
        moderation=planner.moderation(),
        context=settings.llama_context or None,
        compaction=settings.tampu_compaction,
        catalog=catalog,
    )


@dataclass(frozen=True, slots=True)
class _Planner:
    settings: Settings
    catalog: Catalog

    def main(self) -> PlannedModel | None:
        server = self.settings.model_server
        if server is None:
            return None
        endpoint = Endpoint(server, _plain(self.settings.llama_api_key), self.settings.llama_model)
        return self._planned(endpoint, self.settings.llama_profile)

    def vision(self, fallbacks: tuple[PlannedModel, ...]) -> PlannedModel | None:
        """The fallback of that name, or else that model on the main server."""
        name, server = self.settings.llama_vision_model, self.settings.model_server
        if name is None or server is None:
            return None
        named = (one for one in fallbacks if one.endpoint.model == name)
        endpoint = Endpoint(server, _plain(self.settings.llama_api_key), name)
        return next(named, None) or self._planned(endpoint, self.settings.llama_profile)

    def choices(self) -> tuple[PlannedModel, ...]:
        """Each of the names once, with the main server's key and kind."""
        names = (name.strip() for name in self.settings.llama_choices.split(","))
        server, key = self.settings.model_server or "", _plain(self.settings.llama_api_key)
        profile = self.settings.llama_profile
        return tuple(
            self._planned(Endpoint(server, key, name), profile) for name in dict.fromkeys(names) if name
        )

    def fallback(self, number: int, server: FallbackServer) -> PlannedModel:
        label = f"fallback {number} ({server.model})"
        endpoint = self._elsewhere(label, server.base_url, server.api_key, server.model)
        same = self._is_main(endpoint)
        return self._planned(endpoint, server.profile or (self.settings.llama_profile if same else None))

    def moderation(self) -> PlannedModeration | None:
        settings = self.settings
        on = settings.moderation_on
        if on is Moderated.OFF:
            return None
        endpoint = self._elsewhere(
            "[moderation]",
            settings.moderation_base_url,
            settings.moderation_api_key,
            settings.moderation_model,
        )
        guards = "guard" in (settings.moderation_model or "").lower()
        return PlannedModeration(
            endpoint=endpoint,
            way=settings.moderation_way or (Way.CHAT if guards else Way.OPENAI),
            reads_input=on in _INPUT,
            reads_output=on in _OUTPUT,
            fail_open=settings.moderation_fail_open,
        )

    def _elsewhere(
        self, label: str, base_url: str | None, key: SecretStr | None, model: str | None
    ) -> Endpoint:
        """A server beside the main one. The main server's key goes to the main server only."""
        address = base_url or self.settings.model_server or ""
        try:
            endpoint = Endpoint(address, _plain(key), model)
            if not endpoint.api_key and self._is_main(endpoint):
                return Endpoint(address, _plain(self.settings.llama_api_key), model)
        except StartupError as error:
            said = str(error).replace("LLAMA_BASE_URL", "base_url").replace("LLAMA_API_KEY", "The key")
            raise StartupError(f"In {label}: {said}") from error
        return endpoint

    def _is_main(self, endpoint: Endpoint) -> bool:
        main = self.settings.model_server
        return main is not None and endpoint.base_url == Endpoint(main).base_url

    def _planned(self, endpoint: Endpoint, profile: str | None) -> PlannedModel:
        """The window that the operator set is the main server's; other servers have their own."""
        said = Facts(max_output=self.settings.llama_max_answer_tokens or None)
        if self._is_main(endpoint) and self.settings.llama_context:
            said = Facts(window=self.settings.llama_context, max_output=said.max_output)
        return PlannedModel(endpoint, profile or "", said)


def _operator_row(name: str, row: ModelRow) -> OperatorRow:
    facts = Facts(row.window, row.max_output, row.tools, row.vision, note=row.note or "")
    both = row.price_in is not None and row.price_out is not None
    price = Price(row.price_in or 0.0, row.price_out or 0.0) if both else None
    return OperatorRow(name, facts, price)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
