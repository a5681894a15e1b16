"""Questions, edits, deletions, stops and restarts by lot: judged by what people see and what is stored."""

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from core.events import Asked
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, said
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

SEEDS = 18
STEPS = 14
THREADS = ("t1", "t2")


@dataclass
class Told:
    """A question, and all that it has said; empty words once it is deleted."""

    question: Asked
    words: list[str]
    is_deleted: bool = False


@dataclass
class People:
    """Two people who change their minds."""

    rng: random.Random
    told: list[Told] = field(default_factory=list)
    stops: bool = False

    async def act(self, talk: Talk) -> None:
        live = [one for one in self.told if not one.is_deleted]
        match self.rng.choice(["ask"] * 5 + ["edit"] * 4 + ["delete"] * 2 + ["stop"]):
            case "edit" if live:
                one = self.rng.choice(live)
                one.words.append(f"{one.question.message_id}x{len(one.words)}y")
                await talk.edit(one.question, one.words[-1], len(one.words))
            case "delete" if live:
                one = self.rng.choice(live)
                one.is_deleted = True
                await talk.delete(one.question)
            case "stop" if live:
                address = self.rng.choice(live).question.address
                self.stops = True
                await talk.conversations.intake.command("stop", address, ADA, "")
            case _:
                await self.ask(talk)

    async def ask(self, talk: Talk) -> None:
        number = len(self.told) + 1
        words = f"q{number}x0y"
        author, thread = self.rng.choice((ADA, BEN)), self.rng.choice(THREADS)
        question = asked(words, number=number, author=author, thread=thread)
        self.told.append(Told(question, [words]))
        await talk.ask(question)


@dataclass
class Answerer:
    """Says the last line back, slowly or not."""

    rng: random.Random

    def __call__(self, ask: Ask) -> Reply:
        line = ask.last_user_text.split("\n")[-1]
        return said(f"You said: {line}", delay_s=self.rng.choice((0.0, 0.0, 0.004)), size=3)


def turns(talk: Talk) -> dict[str, str]:
    """The turn of each question, by its message's id; none for one that was deleted before it had one."""
    with closing(sqlite3.connect(talk.folder / "tampu.db")) as connection:
        rows = connection.execute("SELECT payload ->> '$.message_id', coalesce(turn_id, '') FROM inbox")
        return dict(rows.fetchall())


def judge(talk: Talk, people: People) -> None:
    shown = list(talk.platform.messages.values())
    answers = {one.draft.turn: one.text for one in shown}
    assert len(answers) == len(shown), "an answer stands there twice"
    turn_of = turns(talk)
    live = {one.question.message_id for one in people.told if not one.is_deleted}
    answered = {turn_of[name] for name in live}
    assert set(answers) == answered, "silence, or an answer to nobody"
    for one in people.told:
        # An older answer stays while another of its questions stands.
        if one.is_deleted and turn_of[one.question.message_id] not in answered:
            for words in one.words:
                assert words not in " ".join(answers.values())
                assert talk.rows_with(words) == set()
    for thread in THREADS:
        there = [one for one in people.told if one.question.address.thread == thread]
        if there and not there[-1].is_deleted and not people.stops:
            newest = answers[turn_of[there[-1].question.message_id]]
            assert newest == f"You said: {there[-1].words[-1]}", f"of {there[-1].words}"


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_each_question_that_stands_has_one_answer_and_no_other(
    begin: Begin, model: ModelEmulator, seed: int
) -> None:
    rng = random.Random(seed)
    people, platform = People(rng), FakePlatform(pause=rng.choice((0.0, 0.006)))
    way = ("steer", "queue", "interrupt")[seed % 3]
    model.answer_with(Answerer(rng))
    left = STEPS
    while left:
        async with begin(model, platform, tampu_follow_up=way) as talk:
            while left:
                left -= 1
                await people.act(talk)
                await asyncio.sleep(rng.choice((0.0, 0.0, 0.002, 0.01, 0.04)))
                if rng.random() < 0.15:
                    break
            else:
                await talk.quiet()
                judge(talk, people)
    async with begin(model, platform, tampu_follow_up=way) as talk:
        await talk.quiet()
        judge(talk, people)
