"""The other methods: who the app is, people, files, forms, status, reactions."""

from collections.abc import Callable

from tests.emulators.slack.backend import Backend
from tests.emulators.slack.blocks import check_view
from tests.emulators.slack.workspace import BOT_ID, BOT_USER, TEAM, Json, Refusal


def auth_test(backend: Backend, args: Json) -> Json:
    return {
        "url": f"{backend.origin}/",
        "team": "Tampu Works",
        "user": "tampu",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    } | ({"enterprise_id": backend.enterprise} if backend.enterprise else {})


def connections_open(backend: Backend, args: Json) -> Json:
    address = backend.origin.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={backend.sockets.ticket()}"}


def users_info(backend: Backend, args: Json) -> Json:
    member = backend.workspace.members.get(str(args.get("user")))
    if member is None:
        raise Refusal("user_not_found")
    return {"user": member.as_json()}


def usergroups_list(backend: Backend, args: Json) -> Json:
    """https://docs.slack.dev/reference/methods/usergroups.list"""
    if not backend.groups_scope:
        raise Refusal("missing_scope", needed="usergroups:read", provided="chat:write,users:read")
    given = {
        name: str(args.get(name, "")).lower() in {"1", "true"}
        for name in ("include_users", "include_disabled")
    }
    groups = backend.workspace.groups.values()
    return {
        "usergroups": [
            group.as_json(with_users=given["include_users"])
            for group in groups
            if given["include_disabled"] or not group.disabled_at
        ]
    }


def files_info(backend: Backend, args: Json) -> Json:
    file = backend.workspace.files.get(str(args.get("file")))
    if file is None:
        raise Refusal("file_not_found")
    if file.deleted:
        raise Refusal("file_deleted")
    return {"file": file.whole_json()}


def views_open(backend: Backend, args: Json) -> Json:
    view = args.get("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments")
    check_view(view)
    trigger = backend.workspace.use_trigger(str(args.get("trigger_id")))
    kept = view | {"id": backend.workspace.next_id("V"), "team_id": TEAM, "bot_id": BOT_ID, "hash": "1.a"}
    backend.workspace.views[kept["id"]] = kept
    backend.workspace.view_owner[kept["id"]] = trigger.user
    return {"view": kept}


def views_update(backend: Backend, args: Json) -> Json:
    view, view_id = args.get("view"), str(args.get("view_id"))
    if not isinstance(view, dict) or view_id not in backend.workspace.views:
        raise Refusal("not_found")
    check_view(view)
    backend.workspace.views[view_id] = view | {"id": view_id, "team_id": TEAM, "bot_id": BOT_ID}
    return {"view": backend.workspace.views[view_id]}


def set_status(backend: Backend, args: Json) -> Json:
    channel = backend.joined(args.get("channel_id"))
    thread = str(args.get("thread_ts") or "")
    if (channel.id, thread) not in backend.workspace.posts:
        raise Refusal("invalid_thread_ts")
    if "status" not in args:
        raise Refusal("invalid_arguments")
    if args["status"]:
        backend.workspace.statuses[channel.id, thread] = str(args["status"])
    else:
        backend.workspace.statuses.pop((channel.id, thread), None)
    return {}


def add_reaction(backend: Backend, args: Json) -> Json:
    channel = backend.joined(args.get("channel"))
    key = (channel.id, str(args.get("timestamp")), str(args.get("name")))
    if key[:2] not in backend.workspace.posts:
        raise Refusal("message_not_found")
    if key in backend.workspace.reactions:
        raise Refusal("already_reacted")
    backend.workspace.reactions.add(key)
    return {}


METHODS: dict[str, Callable[[Backend, Json], Json]] = {
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "users.info": users_info,
    "usergroups.list": usergroups_list,
    "files.info": files_info,
    "views.open": views_open,
    "views.update": views_update,
    "assistant.threads.setStatus": set_status,
    "reactions.add": add_reaction,
}
