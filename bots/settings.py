"""The settings: read once from the environment and `.env`, then frozen."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.conversation.following import FollowUp
from core.errors import StartupError
from core.llama.known import retired

META_BASE_URL = "https://api.meta.ai/v1"
ENV_FILE = ".env"
SHORTEST_SECRET = 8


class Settings(BaseSettings):
    """What the operator decides. Names are those of the environment variables."""

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
    tampu_data_dir: Path = Path("data")
    tampu_web: str = "127.0.0.1:8787"
    tampu_turns_per_hour: int = Field(default=120, ge=0)
    tampu_tokens_per_day: int = Field(default=2_000_000, ge=0)
    tampu_follow_up: str = FollowUp.STEER

    @field_validator("slack_api_url", "discord_api_url", "llama_base_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @field_validator("llama_base_url")
    @classmethod
    def _is_served(cls, value: str | None) -> str | None:
        if value is not None and retired(value):
            raise ValueError(
                "is Meta's Llama API, which was retired on 2026-07-06; set it to an OpenAI-compatible "
                "server such as Ollama's http://localhost:11434/v1"
            )
        return value

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


def read_settings() -> Settings:
    """Read them. Raises ``StartupError`` with one sentence that names what to change."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise StartupError(f"The setting {name} {reason}." if name else f"The settings: {reason}.") from error
    except (OSError, UnicodeDecodeError, SettingsError) as error:
        raise StartupError(
            f"The file {ENV_FILE} cannot be read ({type(error).__name__}): make it a readable UTF-8 text of "
            "NAME=value lines, or take it away."
        ) from error


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every secret value, for the log to hide.

    What is too short to be one (``none``, ``ollama``) would hide a word wherever it stands.
    """
    values = (
        settings.slack_bot_token,
        settings.slack_app_token,
        settings.slack_signing_secret,
        settings.discord_token,
        settings.llama_api_key,
    )
    found = (value.get_secret_value().strip() for value in values if value is not None)
    return tuple(secret for secret in found if len(secret) >= SHORTEST_SECRET)
