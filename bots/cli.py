"""The command line."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bots import logs
from bots.audit_command import AuditLooks, show_audit
from bots.export_command import export_person
from bots.hiding import Hiding
from bots.models_command import Listing, show_models
from bots.outbox import Looks, show
from bots.policy_command import Someone, list_policy, show_policy
from bots.service import serve
from bots.settings import ENV_FILE, Settings, likely_secrets, read_settings, secrets
from bots.settings_file import caution_of
from bots.terminal_chat import chat as talk
from bots.usage_command import UsageLooks, show_usage
from core.errors import StartupError, StoreError
from core.message import Standing

FAILED_START = 1

EXAMPLES = """
[bold]Examples[/bold]

  [cyan]tampu run[/cyan]: the page on http://127.0.0.1:8787, and Slack or Discord when their tokens are set

  [cyan]tampu chat[/cyan]: the same talk in this terminal

  [cyan]LLAMA_BASE_URL=http://localhost:11434/v1 LLAMA_MODEL=llama3.1:8b tampu run[/cyan]: a model on Ollama

  [cyan]TAMPU_WEB=127.0.0.1:9000 tampu run[/cyan]: the page on another port

  [cyan]tampu models[/cyan]: what the model server offers, and what is known of each model

  [cyan]tampu outbox[/cyan]: what never reached people, and what is still on its way

  [cyan]tampu usage[/cyan]: who used how much, of which model, and how full the budgets are

  [cyan]tampu policy explain U024BE7LH slack:T024BE7LD:C024BE91L[/cyan]: what holds for somebody, and why

  [cyan]tampu audit --since 7d[/cyan]: who did what in the last week

  [cyan]tampu export --person slack:T024BE7LD:U024BE7LH > person.jsonl[/cyan]: all that is kept of a person

Settings come from the environment, from .env and from tampu.toml in the current folder; see docs/settings.md.
"""

app = typer.Typer(
    name="tampu",
    help="A self-hosted assistant on Llama models for Slack, Discord and the page on your machine.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
)

policy = typer.Typer(
    help="Who may do what, and where: the rules, and what they decide.", no_args_is_help=True
)
app.add_typer(policy, name="policy")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the flag
    if wanted:
        typer.echo(f"tampu {version('tampu')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A self-hosted assistant on Llama models."""


@app.command()
def run() -> None:
    """Run Tampu: the page, and Slack and Discord when their tokens are set."""
    _start(_serving, logging.INFO)


@app.command()
def chat() -> None:
    """Talk to Tampu in this terminal."""
    _start(talk, logging.WARNING)


@app.command()
def outbox(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines, with whole texts.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows of each kind.")] = 20,
) -> None:
    """List what never reached people and what is on its way, also beside a running Tampu."""
    _start(lambda settings: show(settings, Looks(as_json, limit)), logging.WARNING)


@app.command()
def models(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it for machines.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Print all of a long list.")] = False,
) -> None:
    """List the models of the configured servers: window, pictures, tools, price, and who answers."""
    _start(lambda settings: show_models(settings, Listing(as_json, everything)), logging.WARNING)


@policy.command("explain")
def policy_explain(  # noqa: PLR0913 - typer reads the options from here
    user: Annotated[str, typer.Argument(metavar="USER", help="A person's id, such as U024BE7LH.")],
    channel: Annotated[
        str, typer.Argument(metavar="CHANNEL", help="Such as slack:T024BE7LD:C024BE91L, or web.")
    ],
    *,
    standing: Annotated[
        Standing | None, typer.Option(help="What they are there; a member unless you say so.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="A user group or role that they are in; may be repeated.")
    ] = None,
    bot: Annotated[bool, typer.Option("--bot", help="It is a bot.")] = False,
    parent: Annotated[str, typer.Option(help="The id of the channel around a thread of Discord.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """Say what holds for somebody in a channel, and which rule decided it. No platform is asked."""
    someone = Someone(user, channel, standing, tuple(group or ()), bot, parent)
    _start(lambda settings: show_policy(settings, someone, as_json=as_json), logging.WARNING)


@policy.command("list")
def policy_list(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False
) -> None:
    """List the rules: those of the settings, and those that were set by command."""
    _start(lambda settings: list_policy(settings, as_json=as_json), logging.WARNING)


@app.command()
def usage(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows of each kind.")] = 20,
) -> None:
    """Show what was used today and this month, and the budgets, also beside a running Tampu."""
    _start(lambda settings: show_usage(settings, UsageLooks(as_json, limit)), logging.WARNING)


@app.command()
def audit(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
    since: Annotated[str, typer.Option(help="Such as 7d, 12h or 2026-11-01.")] = "",
    actor: Annotated[str, typer.Option(help="PLATFORM:ACCOUNT:ID of a person, operator or tampu.")] = "",
    action: Annotated[str, typer.Option(help="Such as forgot, or settings-changed.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many entries.")] = 50,
) -> None:
    """List who did what, the newest first, also beside a running Tampu."""
    looks = AuditLooks(as_json, since, actor, action, limit)
    _start(lambda settings: show_audit(settings, looks), logging.WARNING)


@app.command()
def export(
    *,
    person: Annotated[
        str, typer.Option(metavar="PLATFORM:ACCOUNT:ID", help="Such as slack:T024BE7LD:U024BE7LH.")
    ],
) -> None:
    """Print all that is kept of a person as JSON lines, also beside a running Tampu."""
    _start(lambda settings: export_person(settings, person), logging.WARNING)


def main() -> None:
    """Enter from the command line."""
    app()


def _serving(settings: Settings) -> Coroutine[None, None, None]:
    hidden = Hiding(secrets(settings))
    if caution := caution_of(Path(ENV_FILE)):
        _say(f"Warning: {caution}")
    return serve(settings, lambda line: _say(hidden(line)))


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def _start(work: Callable[[Settings], Coroutine[None, None, None]], level: int) -> None:
    failure: BaseException | None = None
    hidden = likely_secrets()
    logs.set_up(hidden, level=level)
    logs.take_the_rest()
    try:
        settings = read_settings()
        hidden = secrets(settings)
        logs.set_up(hidden, level=level)
        asyncio.run(work(settings))
    except* (StartupError, StoreError) as group:
        failure = _first(group)
    if failure is not None:
        typer.echo(f"tampu: {Hiding(hidden)(str(failure))}", err=True)
        sys.exit(FAILED_START)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    main()
