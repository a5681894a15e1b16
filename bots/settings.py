"""The settings: read once from the environment, `.env` and `tampu.toml`, in this order, then frozen."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bots.budget_file import read_budgets
from bots.hiding import SHORTEST_SECRET, in_address, in_variable, named
from bots.notice_channel import read_channel
from bots.policy_file import read_rules
from bots.settings_errors import Place, sentence
from bots.settings_file import SettingsFile, label_of
from bots.settings_values import FallbackServer, ModelRow, Moderated, http_address, server_address
from core.budgets import Budget
from core.conversation.following import FollowUp
from core.errors import StartupError
from core.llama.moderation import Way
from core.rules import Rule

META_BASE_URL = "https://api.meta.ai/v1"
ENV_FILE = ".env"
SETTINGS_FILE = "tampu.toml"
# Proxies: httpx and aiohttp take them from the environment by these names, in small letters too.
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Settings(BaseSettings):
    """What the operator decides. Names are those of the environment variables.

    In `tampu.toml` the first word of a name is the section: ``llama_base_url`` is ``base_url`` under
    ``[llama]``. An empty value counts as not set, and 0 as "no limit" or "as suits the model".
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str | None = None
    discord_token: SecretStr | None = None
    discord_api_url: str | None = None
    llama_base_url: str | None = None
    llama_api_key: SecretStr | None = None
    llama_model: str | None = None
    llama_profile: str | None = None
    llama_vision_model: str | None = None
    llama_choices: str = ""
    llama_fallback: tuple[FallbackServer, ...] = ()
    llama_models: Mapping[str, ModelRow] = Field(default_factory=dict)
    llama_context: int = Field(default=0, ge=0)
    llama_temperature: float = Field(default=0.6, ge=0, le=2)
    llama_max_answer_tokens: int = Field(default=0, ge=0)
    llama_calls_at_once: int = Field(default=0, ge=0)
    llama_requests_per_minute: int = Field(default=0, ge=0)
    llama_tokens_per_minute: int = Field(default=0, ge=0)
    llama_first_deadline: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    llama_idle_deadline: float = Field(default=45.0, gt=0, allow_inf_nan=False)
    llama_total_deadline: float = Field(default=600.0, gt=0, allow_inf_nan=False)
    moderation_on: Moderated = Moderated.OFF
    moderation_base_url: str | None = None
    moderation_api_key: SecretStr | None = None
    moderation_model: str | None = None
    moderation_way: Way | None = None
    moderation_fail_open: bool = False
    tampu_config: str = SETTINGS_FILE
    tampu_data_dir: Path = Path("data")
    tampu_web: str = "127.0.0.1:8787"
    tampu_turns_per_hour: int = Field(default=120, ge=0)
    tampu_tokens_per_day: int = Field(default=2_000_000, ge=0)
    tampu_follow_up: str = FollowUp.STEER
    tampu_compaction: bool = True
    tampu_retention_days: int = Field(default=180, ge=0)
    tampu_notices: str = ""
    tampu_rules: tuple[Rule, ...] = ()
    tampu_budgets: tuple[Budget, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes it by this name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is asked first wins."""
        return init_settings, env_settings, dotenv_settings, _FileSource(settings_cls)

    @field_validator("slack_api_url", "discord_api_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        return http_address(value)

    @field_validator("llama_base_url", "moderation_base_url")
    @classmethod
    def _is_served(cls, value: str | None) -> str | None:
        return server_address(value)

    @field_validator("tampu_follow_up")
    @classmethod
    def _is_follow_up(cls, value: str) -> str:
        for part in value.split(","):
            _, _, way = part.rpartition("=")
            if way.strip() not in list(FollowUp):
                raise ValueError(
                    "must be steer, queue or interrupt, and for single channels CHANNEL=way behind commas, "
                    "for example steer,C024BE91L=interrupt"
                )
        return value

    @field_validator("tampu_notices")
    @classmethod
    def _is_channel(cls, value: str) -> str:
        if value:
            read_channel(value)
        return value

    @field_validator("tampu_rules", "tampu_budgets", mode="before")
    @classmethod
    def _are_tables(cls, value: object, about: ValidationInfo) -> object:
        if isinstance(value, tuple):
            return value
        try:
            return read_rules(value) if about.field_name == "tampu_rules" else read_budgets(value)
        except ValueError as error:
            raise ValueError(f"cannot be read: {error}") from error

    @field_validator("tampu_web")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if value != "off":
            host, _, port = value.rpartition(":")
            if not host or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - the last port
                raise ValueError("must be host:port, for example 127.0.0.1:8787, or off")
        return value

    @model_validator(mode="after")
    def _slack_is_whole(self) -> "Settings":
        if self.slack_app_token is not None and self.slack_bot_token is None:
            raise ValueError("SLACK_APP_TOKEN is set but SLACK_BOT_TOKEN is not: set both")
        if self.slack_bot_token is not None and self.slack_app_token is None:
            raise ValueError("SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN is not: set both (Socket Mode)")
        return self

    @model_validator(mode="after")
    def _has_a_server(self) -> "Settings":
        if self.model_server is not None:
            return self
        needing = {
            "LLAMA_VISION_MODEL is": self.llama_vision_model,
            "LLAMA_CHOICES is": self.llama_choices,
            "LLAMA_FALLBACK is": self.llama_fallback,
        }
        for name, value in needing.items():
            if value:
                raise ValueError(f"{name} set but LLAMA_BASE_URL is not: set the server that is asked first")
        if self.moderation_on is not Moderated.OFF and self.moderation_base_url is None:
            raise ValueError(
                "MODERATION_ON is set but MODERATION_BASE_URL is not: set the server that checks"
            )
        return self

    @property
    def follow_ups(self) -> tuple[FollowUp, Mapping[str, FollowUp]]:
        """What becomes of a message during an answer: everywhere, and in channels by their ids."""
        pairs = [part.rpartition("=") for part in self.tampu_follow_up.split(",")]
        ways = {channel.strip(): FollowUp(way.strip()) for channel, _, way in pairs}
        return ways.pop("", FollowUp.STEER), ways

    @property
    def web_place(self) -> tuple[str, int] | None:
        """Host and port of the page, ``None`` when it is off."""
        if self.tampu_web == "off":
            return None
        host, _, port = self.tampu_web.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def model_server(self) -> str | None:
        """The model server's address; ``None`` means the small local model."""
        if self.llama_base_url is None and self.llama_api_key is not None:
            return META_BASE_URL
        return self.llama_base_url


class _FileSource(PydanticBaseSettingsSource):
    """The file that ``TAMPU_CONFIG`` names, or `tampu.toml` where there is one."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's way in
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        named = self.current_state.get("tampu_config")
        path = Path(named or SETTINGS_FILE)
        if named is None and not path.exists():
            return {}
        return SettingsFile(path, self.settings_cls.model_fields).read()


def read_settings() -> Settings:
    """Read them. Raises ``StartupError`` with one sentence that names what to change."""
    try:
        return _with_keys(Settings())
    except ValidationError as error:
        raise StartupError(sentence(error, _place)) from error
    except (OSError, UnicodeDecodeError, SettingsError) as error:
        raise StartupError(_unreadable(error)) from error


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every secret value, those inside of addresses and proxies too, for the log to hide.

    What is too short to be one (``none``, ``ollama``) would hide a word wherever it stands.
    """
    values = (
        settings.slack_bot_token,
        settings.slack_app_token,
        settings.slack_signing_secret,
        settings.discord_token,
        settings.llama_api_key,
        settings.moderation_api_key,
        *(server.api_key for server in settings.llama_fallback),
    )
    addresses = (
        settings.slack_api_url,
        settings.discord_api_url,
        settings.llama_base_url,
        settings.moderation_base_url,
        *(server.base_url for server in settings.llama_fallback),
        *(value for name, value in os.environ.items() if name.upper() in PROXIES),
    )
    found = [value.get_secret_value().strip() for value in values if value is not None]
    found += [secret for address in addresses if address for secret in in_address(address)]
    return tuple(dict.fromkeys(secret for secret in found if len(secret) >= SHORTEST_SECRET))


def likely_secrets() -> tuple[str, ...]:
    """What is likely to be a secret by the names of variables, as long as the settings are not read."""
    try:
        variables = _variables()
    except (OSError, UnicodeDecodeError):
        variables = os.environ
    found = (secret for name, value in variables.items() for secret in in_variable(name, value))
    return tuple(dict.fromkeys(secret for secret in found if len(secret) >= SHORTEST_SECRET))


def _with_keys(settings: Settings) -> Settings:
    """Take the fallback servers' keys from the variables that they name. Raises ``StartupError``."""
    if not any(server.api_key_env for server in settings.llama_fallback):
        return settings
    variables = _variables()
    servers = []
    for number, server in enumerate(settings.llama_fallback, 1):
        if server.api_key_env is None:
            servers.append(server)
            continue
        key = variables.get(server.api_key_env)
        if not key:
            raise StartupError(
                f"The variable {named(server.api_key_env)}, which api_key_env of fallback {number} "
                f"({server.model}) names, is not set: put the key there, in the environment or in .env."
            )
        servers.append(server.model_copy(update={"api_key": SecretStr(key)}))
    return settings.model_copy(update={"llama_fallback": tuple(servers)})


def _variables() -> Mapping[str, str]:
    found = {name: value for name, value in dotenv_values(ENV_FILE, encoding="utf-8").items() if value}
    return {**found, **{name: value for name, value in os.environ.items() if value}}


def _place(place: Place) -> str:
    """Name a value by where it came from: a variable, or a line of the file."""
    variables = {name.upper(): value for name, value in _variables().items()}
    name, *rest = place
    variable = str(name).upper()
    if variable in variables:
        inside = ", ".join(str(part + 1 if isinstance(part, int) else part) for part in rest)
        return f"The setting {variable}" + (f" ({inside})" if inside else "")
    return f"{variables.get('TAMPU_CONFIG', SETTINGS_FILE)}: {label_of(place)}"


def _unreadable(error: Exception) -> str:
    for name in ("llama_fallback", "llama_models", "tampu_rules", "tampu_budgets"):
        if isinstance(error, SettingsError) and f'"{name}"' in str(error):
            return f"The setting {name.upper()} must be JSON; {SETTINGS_FILE} has a simpler form of it."
    return (
        f"The file {ENV_FILE} cannot be read ({type(error).__name__}): make it a readable UTF-8 text of "
        "NAME=value lines, or take it away."
    )
