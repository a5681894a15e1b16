"""Who people are and what channels are called, as Slack tells it."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.allowance import Allowance
from adapters.slack.faults import CALL_ERRORS
from adapters.slack.groups import UserGroups
from adapters.slack.identity import Identity
from adapters.slack.people import LOOKUP_S, People
from adapters.slack.standing import Person, presumed
from core.message import Author, Standing

Json = Mapping[str, Any]

NAMES_S = 3_600.0
STANDING_S = 300.0
KEEP_FAILED_S = 60.0
MAX_PLACES = 2_000
DIRECT = "a direct message"
SOMEWHERE = "a channel"
# conversations.info is a Tier 3 method, 50 a minute: a burst in many new channels goes without names.
PLACES, PLACES_WITHIN_S = 6, 10.0
# users.info is a Tier 4 method, 100 a minute. Half of it is kept for those who ask: a message that
# mentions hundreds must not use up what tells a guest from a member.
NAMES, NAMES_WITHIN_S = 50, 60.0

GROUP_EVENTS = frozenset({"subteam_created", "subteam_members_changed", "subteam_updated"})
# Not subscribed to by the manifest: it comes with every change of a status, and 30,000 events an hour are
# all that an app is sent in a workspace, questions among them. An app that has it is up to date at once.
# https://docs.slack.dev/reference/events/app_rate_limited
PERSON_EVENTS = frozenset({"user_change"})


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    until: float


class Directory:
    """People and channels. What cannot be had in a second is done without, for a while."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._people = People(client)
        self._groups = UserGroups(client)
        self._names = Allowance(NAMES, NAMES_WITHIN_S)
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._asked_places = Allowance(PLACES, PLACES_WITHIN_S)

    def enter(self, me: Identity) -> None:
        """Say which workspace it is, before anybody is asked for."""
        self._people.me = me

    async def author(self, user: str, team: str = "") -> Author:
        """Who somebody is, as told at most five minutes ago. ``team`` is the one that the event names."""
        person, groups = await asyncio.gather(self._people.person(user, STANDING_S), self._groups.of(user))
        if person is None:
            person = Person("", presumed(team, self._people.me))
        if person.standing is Standing.EXTERNAL:
            groups = ()
        return Author(user, person.name or user, person.is_bot, person.standing, groups)

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """Display names by user id; an id that has no name, or whose name is too many, is its own."""
        wanted = sorted(set(users))
        found = await asyncio.gather(*(self._name(user) for user in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _name(self, user: str) -> str:
        if not self._people.known(user, NAMES_S) and not self._names.take():
            return user
        person = await self._people.person(user, NAMES_S)
        return (person.name if person is not None else "") or user

    def hear(self, event: Json) -> bool:
        """Take an event about people or groups; whether it is one. What it says is asked for anew.

        An event may come minutes late, and would then undo what is known by now.
        """
        kind = event.get("type")
        if kind in GROUP_EVENTS:
            self._groups.stale()
        elif kind in PERSON_EVENTS:
            self._people.stale(str((event.get("user") or {}).get("id")))
        return kind in GROUP_EVENTS | PERSON_EVENTS

    async def place(self, channel: str, channel_type: str = "") -> str:
        """``"#general"``, or what kind of private conversation it is."""
        if channel_type == "im":
            return DIRECT
        place = self._places.get(channel)
        if place is not None and place.until > time.monotonic():
            return place.name
        if not self._asked_places.take():
            return place.name if place is not None else SOMEWHERE
        name, keep_s = place.name if place is not None else channel, KEEP_FAILED_S
        try:
            async with asyncio.timeout(LOOKUP_S):
                name, keep_s = await self._ask_place(channel) or channel, NAMES_S
        except CALL_ERRORS:
            pass
        self._places[channel] = _Place(name, time.monotonic() + keep_s)
        self._places.move_to_end(channel)
        if len(self._places) > MAX_PLACES:
            self._places.popitem(last=False)
        return name

    async def _ask_place(self, channel: str) -> str:
        shown = (await self._client.conversations_info(channel=channel))["channel"]
        if shown.get("is_im"):
            return DIRECT
        return "a group message" if shown.get("is_mpim") else f"#{shown.get('name', channel)}"
