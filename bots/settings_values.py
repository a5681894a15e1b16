"""The settings that have an inside: a fallback server, a row of the model table."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from core.llama.known import retired

_FROZEN = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Moderated(StrEnum):
    """What the moderation endpoint reads before it goes on."""

    OFF = "off"
    INPUT = "input"
    OUTPUT = "output"
    BOTH = "both"


class FallbackServer(BaseModel):
    """A model to ask when those before it fail. Without ``base_url`` it is on the main server.

    Its key stands in the variable ``api_key_env`` of the environment or `.env`, or here as ``api_key``.
    """

    model_config = _FROZEN

    model: str = Field(min_length=1)
    base_url: str | None = None
    profile: str | None = None
    api_key_env: str | None = None
    api_key: SecretStr | None = None

    @field_validator("base_url")
    @classmethod
    def _is_server(cls, value: str | None) -> str | None:
        return server_address(value)


class ModelRow(BaseModel):
    """What the operator says of models by name or glob; windows in tokens, prices in dollars a million."""

    model_config = _FROZEN

    window: int | None = Field(default=None, gt=0)
    max_output: int | None = Field(default=None, gt=0)
    vision: bool | None = None
    tools: bool | None = None
    price_in: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_out: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    note: str | None = None

    @model_validator(mode="after")
    def _has_both_prices(self) -> "ModelRow":
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("has one price: set price_in and price_out together")
        return self


def http_address(value: str | None) -> str | None:
    """Check the address. Raises ``ValueError``."""
    if value is not None and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value


def server_address(value: str | None) -> str | None:
    """Check the address of a model server. Raises ``ValueError``, also for the one that was closed."""
    if value is not None and retired(value):
        raise ValueError(
            "is Meta's Llama API, which was retired on 2026-07-06; set it to an OpenAI-compatible "
            "server such as Ollama's http://localhost:11434/v1"
        )
    return http_address(value)
