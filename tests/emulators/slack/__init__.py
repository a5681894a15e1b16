"""Slack in one process: Web API, Socket Mode, files, and people who act."""

from tests.emulators.slack.interactions import CommandResult, SubmitResult
from tests.emulators.slack.journal import Ack, Call, Delivery, Download
from tests.emulators.slack.server import SlackEmulator
from tests.emulators.slack.workspace import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, TEAM, Seen

__all__ = [
    "APP_TOKEN",
    "BOT_ID",
    "BOT_TOKEN",
    "BOT_USER",
    "TEAM",
    "Ack",
    "Call",
    "CommandResult",
    "Delivery",
    "Download",
    "Seen",
    "SlackEmulator",
    "SubmitResult",
]
