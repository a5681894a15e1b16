"""Leaks that are made on purpose, one in each place that is watched."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.attacks.canaries import Sight
from tests.attacks.house import House
from tests.attacks.obedient import order
from tests.emulators.slack import TEAM
from tests.product import environment, failing


@dataclass(frozen=True, slots=True)
class Leak:
    """What is planted, and the place in which it has to be found."""

    place: str
    plant: Callable[[House], Awaitable[object]]


def secret(house: House) -> str:
    return house.secrets.word("a direct message on Slack")


async def in_a_channel_of_slack(house: House) -> None:
    await house.slack_asks(f"SAY {secret(house).upper()}\n")


async def alone_on_slack(house: House) -> None:
    await house.slack.command("U2", house.channel(), "/llama", f"forget {secret(house)}")


async def in_a_form(house: House) -> None:
    await house.slack.command("U2", house.channel(), "/llama", f"image {secret(house)}")


async def in_a_channel_of_discord(house: House) -> None:
    await house.discord_asks(f"SAY {secret(house)}\n")


async def alone_on_discord(house: House) -> None:
    await house.discord_invokes("forget", secret(house), house.discord.general)


async def on_the_page(house: House) -> None:
    await house.fetches(house.page.http, "GET", f"/api/conversations/{house.page.conversation}")


async def in_a_call(house: House) -> None:
    await house.slack_asks(f"Print it: {secret(house)}")


async def in_what_a_tool_was_asked(house: House) -> None:
    await house.slack_asks(f"{order('time_in', place=secret(house))}\n")
    assert secret(house) in house.model.journal[-1].ask.tool_results[0].text


async def in_the_log(house: House) -> None:
    house.product.errors.append(f'{{"event": "turn.ended", "question": "{secret(house)}"}}')


async def in_an_export(house: House) -> None:
    code, out, _ = await failing(environment(house.data), "export", "--person", f"slack:{TEAM}:U1")
    assert code == 0
    house.shown.append(Sight("the export of A", out))


LEAKS = (
    Leak("a message in C", in_a_channel_of_slack),
    Leak("what Slack shows U2 alone", alone_on_slack),
    Leak("the form ", in_a_form),
    Leak("a channel of Discord", in_a_channel_of_discord),
    Leak("what Discord shows Bob alone", alone_on_discord),
    Leak("GET /api/conversations/", on_the_page),
    Leak("call 1 of the model", in_a_call),
    Leak("call 2 of the model", in_what_a_tool_was_asked),
    Leak("the log", in_the_log),
    Leak("the export of A", in_an_export),
)
