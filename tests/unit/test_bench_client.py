"""What the bench says of the client alone, and that both clients read the very stream that it measures."""

import json
from datetime import UTC, datetime

import pytest

from tests.bench.client_cpu import Cpu, CpuPlan, Pair, Rounds, measure_cpu
from tests.bench.client_report import Goal, client_goals, client_rows
from tests.bench.machine import Machine
from tests.bench.many_streams import Load, Many, ManyPlan, Streamed, measure_many
from tests.bench.plan import Measured, Plan
from tests.bench.report import as_json, table
from tests.bench.stream_server import Script, served

MACHINE = Machine("a processor", 2, 4096, "Linux", "3.11", datetime.now(UTC).isoformat(), 0.5)
CPU = Cpu({"paced": [Pair(0.02, 0.05), Pair(0.03, 0.05), Pair(0.04, 0.05)]})
MANY = Many(
    together=[Streamed(1.0, 0.15, 30.0), Streamed(1.0, 0.12, 30.0), Streamed(1.0, 0.05, 30.0)],
    among=[Streamed(2.0, 0.01, 30.0), Streamed(3.0, 0.02, 30.0), Streamed(4.0, 0.5, 29.0)],
    load=Load(0.75, 6000.0),
)


class Recited:
    """A reader that knows the answer beforehand, or another one."""

    def __init__(self, text: str, asked: list[str]) -> None:
        self.text = text
        self.asked = asked

    async def read(self) -> str:
        self.asked.append(self.text)
        return self.text

    async def aclose(self) -> None:
        self.text = ""


def test_goals_are_of_the_median_in_one_run() -> None:
    goals = client_goals(CPU, MANY)
    assert [goal.median for goal in goals] == pytest.approx([0.6, 120, 20])
    assert [goal.met for goal in goals] == [False, False, True]
    assert str(Goal("CPU", 0.5, 0.5)) == "CPU: median 0.5, goal at most 0.5: met"
    assert str(Goal("CPU", 0.51, 0.5)).endswith("NOT MET")
    assert client_goals(Cpu(), Many()) == []


def test_ratios_are_taken_round_by_round_and_times_are_in_ms() -> None:
    found = {row.figure.split(" 3.")[0]: row for row in client_rows(CpuPlan(), CPU, ManyPlan(), MANY)}
    assert found["our client"].values == pytest.approx((20, 30, 40))
    assert found["ours / openai, by round"].values == pytest.approx((0.4, 0.6, 0.8))
    assert found["ours / openai, by round"].within == 1
    assert found["first token late, all begun together"].within == 1
    assert found["first token late, begun among the others"].within == 2
    assert found["CPU"].values == (75.0,)


def test_the_report_says_so() -> None:
    measured = Measured(cpu=CPU, many=MANY)
    said = table(Plan(), MACHINE, measured)
    assert "CPU of our client / openai, paced: median 0.6, goal at most 0.5: NOT MET" in said
    assert "Slack" not in said
    goals = json.loads(as_json(Plan(), MACHINE, measured))["goals"]
    assert [goal["met"] for goal in goals] == [False, False, True]
    assert "goal" not in table(Plan(), MACHINE, Measured())


def test_a_stream_that_is_read_wrong_is_a_fault() -> None:
    measured = Measured(cpu=Cpu(faults=["openai read 1 of 10 streams wrong"]))
    assert measured.faults == ["openai read 1 of 10 streams wrong"]
    assert "1 WRONG ANSWERS" in table(Plan(), MACHINE, measured)


async def test_clients_take_turns_to_be_the_first_and_are_checked() -> None:
    script, asked = Script(3), list[str]()
    readers = {"ours": Recited(script.text, asked), "package": Recited("else", asked)}
    rounds = Rounds(script, 1, readers)
    for _ in range(2):
        await rounds.one()
    assert asked == [script.text, "else", "else", script.text]
    assert rounds.faults == ["package read 1 of 1 streams wrong"] * 2


def test_an_answer_has_as_many_tokens_as_its_script_says() -> None:
    for tokens in (1, 120, 500):
        script = Script(tokens)
        assert len(script.pieces) == tokens
        assert len(script.text) == 4 * tokens
    assert Script(5, 30, stamped=True).path == "/5/30/1/v1"


async def test_both_clients_read_the_same_stream_of_another_process() -> None:
    plan = CpuPlan(rounds=1, streams=2, paced=Script(12, 400), rushed=Script(30))
    async with served() as origin:
        cpu = await measure_cpu(origin, plan)
        many = await measure_many(
            origin, ManyPlan(streams=3, answers=3, script=Script(10, 100, stamped=True))
        )
    assert cpu.faults == many.faults == []
    assert {name: len(pairs) for name, pairs in cpu.pairs.items()} == {"paced": 1, "rushed": 1}
    assert all(pair.ours > 0 and pair.package > 0 for pairs in cpu.pairs.values() for pair in pairs)
    assert len(many.together) == 3
    assert many.among
    assert all(0 <= each.late_s < 5 for each in (*many.together, *many.among))
    assert many.load is not None
    assert many.load.tokens > 0
