"""The manifest keeps Slack's limits and asks for what the code uses, no more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import adapters.slack
from adapters.slack.changes import CHANNEL_ENDS
from adapters.slack.commands import COMMAND
from adapters.slack.directory import GROUP_EVENTS, PERSON_EVENTS
from tests.emulators.slack_stage import COMMANDS

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(path.read_text() for path in Path(adapters.slack.__file__).parent.glob("*.py"))

# https://docs.slack.dev/reference/methods, the bot scopes of each method that is called.
KINDS = ("channels", "groups", "im", "mpim")
SCOPES_OF = {
    "auth_test": set(),
    "api_call": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "conversations.replies": {f"{kind}:history" for kind in KINDS},
    "conversations.history": {f"{kind}:history" for kind in KINDS},
    "conversations_replies": {f"{kind}:history" for kind in KINDS},
    "conversations_info": {f"{kind}:read" for kind in KINDS},
    "conversations_members": {f"{kind}:read" for kind in KINDS},
    "conversations_open": {"im:write"},
    "users.conversations": {f"{kind}:read" for kind in KINDS},
    "users_info": {"users:read"},
    "usergroups_list": {"usergroups:read"},
    "files_info": {"files:read"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "files_delete": {"files:write"},
    "chat_getPermalink": set(),
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "views_open": set(),
    "assistant_threads_setStatus": {"assistant:write"},
}
# https://docs.slack.dev/reference/events: those that a bot can subscribe to, with the scope of each.
SCOPES_OF_EVENTS = {
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_left": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "subteam_created": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "tokens_revoked": None,
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "deploy" / "slack-manifest.json").read_text())
    return read


def called() -> set[str]:
    by_name = set(re.findall(r'"((?:chat|conversations|users)\.\w+)"', SOURCES))
    return (
        by_name
        | set(re.findall(r"\bself\._(?:client|web)\.(\w+)\(", SOURCES))
        | set(re.findall(r"\bclient\.((?:files|conversations|users|chat)_\w+)\(", SOURCES))
    )


def test_the_scopes_are_those_of_the_calls_and_events(manifest: dict[str, Any]) -> None:
    assert called() == set(SCOPES_OF)
    needed = set().union(*SCOPES_OF.values()) | set(filter(None, SCOPES_OF_EVENTS.values())) | {"commands"}
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    assert sorted(needed) == scopes


def test_the_events_are_those_that_the_intake_reads(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(SCOPES_OF_EVENTS)


def test_every_end_of_a_channel_that_the_intake_reads_is_subscribed_to() -> None:
    assert set(SCOPES_OF_EVENTS) >= CHANNEL_ENDS


def test_changes_of_groups_are_subscribed_to_and_those_of_people_are_not() -> None:
    """A status that changes is a change of a person, too: there are too many of them."""
    assert set(SCOPES_OF_EVENTS) >= GROUP_EVENTS
    assert not set(SCOPES_OF_EVENTS) & PERSON_EVENTS


def test_the_command_is_ours_and_names_every_subcommand(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == (COMMAND, True)
    assert all(spec.name in command["usage_hint"] for spec in COMMANDS if spec.name != "ask")


def test_slacks_limits_are_kept(manifest: dict[str, Any]) -> None:
    shown, features = manifest["display_information"], manifest["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4_000
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert 1 <= len(features["agent_view"]["suggested_prompts"]) <= 4
    assert all(len(command["command"]) <= 32 for command in features["slash_commands"])
    assert len(manifest["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_it_is_a_socket_mode_app_whose_forms_and_messages_work(manifest: dict[str, Any]) -> None:
    settings, home = manifest["settings"], manifest["features"]["app_home"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]
    assert "assistant_view" not in manifest["features"]
