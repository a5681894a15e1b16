"""What people press: commands, forms, buttons."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.emulators.slack.backend import Backend, Ephemeral
from tests.emulators.slack.people import GivenFile
from tests.emulators.slack.workspace import APP_ID, TEAM, File, Json, Post


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What the person sees after a command: ``text`` is empty when the answer carried none."""

    acked: bool
    text: str
    trigger_id: str


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """After "Submit": ``closed``, or ``errors`` by block id."""

    acked: bool
    closed: bool
    errors: Mapping[str, str]


class Interactions:
    """Acts of people that Slack delivers once; each returns with the app's answer."""

    backend: Backend

    async def command(self, user: str, channel: str, command: str, text: str = "") -> CommandResult:
        """Send a slash command; what its acknowledgement showed."""
        trigger = self.backend.workspace.new_trigger(user)
        key = self.backend.workspace.next_id("R")
        self.backend.response_urls[key] = (channel, user, 0)
        where = self.backend.workspace.channels[channel]
        payload = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "tampu",
            "channel_id": channel,
            "channel_name": "directmessage" if where.kind == "im" else where.name,
            "user_id": user,
            "user_name": self.backend.workspace.members[user].name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": f"{self.backend.origin}/response/{key}",
            "trigger_id": trigger.id,
        }
        ack = await self.backend.sockets.ask("slash_commands", payload)
        answer = str((ack.payload or {}).get("text", "")) if ack is not None else ""
        if answer:
            self.backend.ephemerals.append(Ephemeral(channel, user, answer, time.monotonic()))
        return CommandResult(ack is not None, answer, trigger.id)

    async def submit_view(
        self,
        user: str,
        view_id: str,
        values: Mapping[str, str],
        files: Sequence[GivenFile] = (),
    ) -> SubmitResult:
        """Fill in a form and press Submit. ``values`` is by action id; ``files`` go to its file input.

        An input that must be filled and is not is an ``AssertionError``: Slack would not send it.
        """
        view = self.backend.workspace.views[view_id]
        kept = [self.backend.file(user, file) for file in files]
        state = {
            block["block_id"]: {block["element"]["action_id"]: _answer(block, values, kept)}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        payload = {
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "tampu"},
            "user": self._shown(user),
            "api_app_id": APP_ID,
            "token": "deprecated",
            "trigger_id": self.backend.workspace.new_trigger(user).id,
            "view": view | {"state": {"values": state}, "root_view_id": view_id, "app_id": APP_ID},
            "response_urls": [],
            "is_enterprise_install": False,
        }
        ack = await self.backend.sockets.ask("interactive", payload)
        return self._submitted(view_id, None if ack is None else ack.payload or {})

    async def click(self, user: str, channel: str, ts: str, label: str, *, value: str | None = None) -> bool:
        """Press a button below a message; whether the app acknowledged within its three seconds.

        ``value`` forges what the button carries. No such button is an ``AssertionError``.
        """
        post = self.backend.workspace.posts[channel, ts]
        found = [button for button in post.buttons if button["text"]["text"] == label]
        assert found, f"there is no button {label!r} below {post.drawn!r}"
        return await self.press(user, post, found[0] | ({} if value is None else {"value": value}))

    async def press(self, user: str, post: Post, button: Json) -> bool:
        """Deliver a click on any button, as if it stood below the message."""
        workspace = self.backend.workspace
        where = workspace.channels[post.channel]
        container: Json = {"type": "message", "message_ts": post.ts, "channel_id": post.channel}
        container |= {"thread_ts": post.thread_ts} if post.is_reply else {}
        action = {"block_id": "b1", **button, "type": "button", "action_ts": workspace.next_ts()}
        payload: Json = {
            "type": "block_actions",
            "user": self._shown(user) | {"name": workspace.members[user].name},
            "api_app_id": APP_ID,
            "token": "deprecated",
            "container": container | {"is_ephemeral": False},
            "trigger_id": workspace.new_trigger(user).id,
            "team": {"id": TEAM, "domain": "tampu"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": where.id, "name": "directmessage" if where.kind == "im" else where.name},
            "message": workspace.as_json(post),
            "state": {"values": {}},
            "response_url": f"{self.backend.origin}/response/none",
            "actions": [action],
        }
        return await self.backend.sockets.ask("interactive", payload) is not None

    def _shown(self, user: str) -> Json:
        member = self.backend.workspace.members[user]
        return {"id": user, "username": member.name, "team_id": member.team}

    def _submitted(self, view_id: str, answer: Json | None) -> SubmitResult:
        if answer is None:
            return SubmitResult(acked=False, closed=False, errors={})
        if answer.get("response_action") == "errors":
            return SubmitResult(acked=True, closed=False, errors=answer["errors"])
        if answer.get("response_action") == "update":
            self.backend.workspace.views[view_id] = answer["view"] | {"id": view_id}
            return SubmitResult(acked=True, closed=False, errors={})
        del self.backend.workspace.views[view_id]
        return SubmitResult(acked=True, closed=True, errors={})


def _answer(block: Json, values: Mapping[str, str], files: list[File]) -> Json:
    element = block["element"]
    optional = block.get("optional", False)
    if element["type"] == "file_input":
        assert files or optional, "Slack would not submit the form without a file"
        assert len(files) <= element.get("max_files", 10), "Slack would not take so many files"
        return {"type": "file_input", "files": [file.whole_json() for file in files]}
    if element["type"] in {"static_select", "checkboxes"}:
        return _chosen(element, values.get(element["action_id"]), optional=optional)
    value = values.get(element["action_id"], element.get("initial_value", ""))
    assert value or optional, f"Slack would not submit the form without {element['action_id']}"
    return {"type": element["type"], "value": value or None}


def _chosen(element: Json, wanted: str | None, *, optional: bool) -> Json:
    """What a person has chosen of the options: by its value, else what stood there at first."""
    chosen = next((option for option in element["options"] if option["value"] == wanted), None)
    assert chosen or wanted is None, f"there is no option {wanted!r}"
    if element["type"] == "checkboxes":
        return {"type": "checkboxes", "selected_options": [chosen] if chosen else []}
    chosen = chosen or element.get("initial_option")
    assert chosen or optional, f"Slack would not submit the form without {element['action_id']}"
    return {"type": "static_select", "selected_option": chosen}
