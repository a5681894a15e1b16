"""Which rows make a turn: an unfinished one taken up again, the next author's, and those that join."""

import uuid

import aiosqlite

from core.address import Address
from core.commands import COMMAND_SIGN
from core.events import Addressing, Asked
from core.memory.database import Row, Value, every, one, run
from core.memory.rows import event_from, parts_json
from core.storage import Turn, TurnState
from core.transcript import Role, TextPart


async def resume(
    connection: aiosqlite.Connection, address: Address, fence: int, now: float, *, strike: bool
) -> Turn | None:
    """Take up the thread's unfinished turn, as its wish says."""
    whose = {"thread_key": address.key}
    row = await one(connection, "open_turn", whose) or await one(connection, "wished_turn", whose)
    if row is None:
        return None
    turn_id, _, wish = (str(value) for value in row)
    await _grant(connection, turn_id, wish, now)
    counted = await one(connection, "count_attempt", {"id": turn_id, "strike": int(strike)})
    assert counted is not None
    await run(connection, "tools_uncertain", {"id": turn_id})
    await run(connection, "forget_shown", {"id": turn_id})
    events = await every(connection, "events_of_turn", {"turn_id": turn_id})
    return _turn(address, fence, (turn_id, *counted), events)


def _turn(address: Address, fence: int, row: Row, events: list[Row]) -> Turn:
    turn_id, state, ending, attempts, strikes, _ = row
    first = _questions([event for event in events if not event[4]])
    live = _questions([event for event in events if not event[3] and not event[4]])
    joined = _questions([event for event in events if not event[3] and event[4]])
    if not live:
        live, joined = joined or first, ()
    return Turn(
        id=str(turn_id),
        address=address,
        fence=fence,
        attempt=int(str(attempts)),
        state=TurnState(str(state)),
        questions=live,
        anchor=first[-1].message_id,
        ending=TurnState(str(ending)),
        joined=joined,
        strikes=int(str(strikes)),
        revised_at=max(float(str(event[5])) for event in events),
    )


async def _grant(connection: aiosqlite.Connection, turn_id: str, wish: str, now: float) -> None:
    """Do what an edit or a deletion wants of the turn; the first attempt after it begins from there."""
    if not wish:
        return
    await run(connection, "redact_answer", {"turn_id": turn_id})
    await run(connection, "forget_finals", {"turn_id": turn_id})
    if wish == "withdraw":
        # What ran when the question was deleted may have been written down since.
        await run(connection, "redact_tools", {"turn_id": turn_id})
        await run(connection, "withdraw_turn", {"turn_id": turn_id})
        return
    await run(connection, "redact_ended_tools", {"turn_id": turn_id})
    await run(connection, "count_edition", {"turn_id": turn_id})
    await run(connection, "redo_turn", {"turn_id": turn_id, "now": now})
    await run(connection, "reopen_events", {"turn_id": turn_id})
    await run(connection, "drop_ended_posts", {"turn_id": turn_id})


async def claim(connection: aiosqlite.Connection, address: Address, fence: int, now: float) -> Turn | None:
    """Make a turn of the waiting rows of the next author."""
    waiting = await every(connection, "waiting_events", {"thread_key": address.key})
    if not waiting:
        return None
    taken = _leading(waiting)
    questions = _questions(taken)
    turn = Turn(
        id=uuid.uuid4().hex,
        address=address,
        fence=fence,
        attempt=1,
        state=TurnState.RUNNING,
        questions=questions,
        anchor=questions[-1].message_id,
        revised_at=max(float(str(row[3])) for row in taken),
    )
    whose: dict[str, Value] = {"platform": address.platform, "account": address.account}
    asked: dict[str, Value] = {"thread_key": address.key, "author_id": taken[0][1], "now": now}
    await run(connection, "insert_turn", {"id": turn.id, **whose, **asked})
    await _take(connection, turn, taken, joined=False)
    return turn


async def join(connection: aiosqlite.Connection, turn: Turn) -> tuple[Asked, ...]:
    """Add the author's waiting rows to a turn, up to somebody else's or a command."""
    waiting = await every(connection, "waiting_events", {"thread_key": turn.address.key})
    author = await one(connection, "author_to_join", {"turn_id": turn.id})
    taken: list[Row] = []
    for row in waiting:
        if author is None or row[1] != author[0] or _alone(row):
            break
        taken.append(row)
    await _take(connection, turn, taken, joined=True)
    return _questions(taken)


def _leading(waiting: list[Row]) -> list[Row]:
    """Take the first author's rows up to someone else's; a command, a click, a preset stands alone."""
    taken: list[Row] = []
    for row in waiting:
        alone = _alone(row)
        if taken and (row[1] != taken[0][1] or alone):
            break
        taken.append(row)
        if alone:
            break
    return taken


def _alone(row: Row) -> bool:
    event = event_from(str(row[2]))
    is_command = event.addressing is Addressing.COMMAND or event.text.startswith(COMMAND_SIGN)
    # Each says for itself what is to be done with what, and is seen to be asked by itself.
    return is_command or event.opener is not None or bool(event.preset)


def _questions(rows: list[Row]) -> tuple[Asked, ...]:
    return tuple(event_from(str(row[2])) for row in rows)


async def _take(connection: aiosqlite.Connection, turn: Turn, rows: list[Row], *, joined: bool) -> None:
    for row, question in zip(rows, _questions(rows), strict=True):
        await run(connection, "claim_event", {"id": row[0], "turn_id": turn.id, "joined": int(joined)})
        await _insert_question(connection, turn, row, question)


async def _insert_question(connection: aiosqlite.Connection, turn: Turn, row: Row, question: Asked) -> None:
    await run(
        connection,
        "insert_message",
        {
            "thread_key": turn.address.key,
            "turn_id": turn.id,
            "inbox_id": row[0],
            "role": Role.USER,
            "author": question.author.name,
            "author_id": question.author.id,
            "platform_id": question.message_id,
            "parts": parts_json((TextPart(question.text),)),
            "sent_at": question.sent_at,
        },
    )
