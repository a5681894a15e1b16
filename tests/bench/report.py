"""The figures as a table for people and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from tests.bench.client_report import client_goals, client_rows
from tests.bench.figures import Answered, Row, spread
from tests.bench.machine import Machine
from tests.bench.plan import Measured, Plan
from tests.bench.rounds import FIRST_TOKEN_S, TOKEN_CHARACTERS, TOKEN_S, Results
from tests.bench.stages import PLACES, Way
from tests.bench.stops import GOAL_S, Stops

MS = 1000


def rows(plan: Plan, measured: Measured) -> list[Row]:
    """Every figure that has a value."""
    found = list(client_rows(plan.cpu, measured.cpu, plan.many, measured.many))
    for name in measured.single:
        usual = f"answers of about {plan.usual:,} characters"
        kinds = (
            (f"{name}, 1 channel, {usual}", measured.single),
            (f"{name}, {PLACES} channels at once, {usual}", measured.crowd),
            (f"{name}, 1 channel, one of about {plan.long:,} characters", measured.long),
        )
        for section, kind in kinds:
            found += _of_results(section, kind[name])
        found += _of_stops(f"{name}, 1 channel, answers that people stop", measured.stops[name])
        found += _of_product(name, measured)
    found += _of_the_rest(measured)
    return [row for row in found if row.values]


def _of_results(section: str, results: Results) -> list[Row]:
    def times(figure: str, values: Sequence[float]) -> Row:
        return Row(section, figure, "ms", tuple(MS * value for value in values))

    answered: tuple[Answered, ...] = results.answered
    costs = results.costs
    return [
        times("added before the first word", [a.added_before_first(FIRST_TOKEN_S) for a in answered]),
        times("  event to the model's request", [a.before_the_model for a in answered]),
        times("  model's first token to a message", [a.first_token_to_seen for a in answered]),
        times("model's end to the full text", [a.end_to_whole for a in answered]),
        Row(section, "requests per answer", "", tuple(c.requests.total() / c.answers for c in costs)),
        Row(section, "429 answers", "", (float(sum(c.refused.total() for c in costs)),)),
        Row(section, "CPU per answer", "s", tuple(c.cpu_s / c.answers for c in costs)),
    ]


def _of_stops(section: str, stops: Stops) -> list[Row]:
    cancelled = {way: tuple(MS * each.to_closed for each in stops.done if each.way is way) for way in Way}
    seen = {way: tuple(MS * each.to_seen for each in stops.done if each.way is way) for way in Way}
    return [
        *(Row(section, f"model call cancelled: {way}", "ms", cancelled[way], MS * GOAL_S) for way in Way),
        *(Row(section, f"people see the end: {way}", "ms", seen[way]) for way in Way),
    ]


def _of_product(name: str, measured: Measured) -> list[Row]:
    section = f"{name}, the process"
    foot = measured.footprint[name]
    return [
        Row(section, "start to ready, emulated model", "s", tuple(measured.starts.emulated_s[name])),
        Row(section, "resident memory, idle", "MiB", (foot.idle_mib,)),
        Row(section, "resident memory, after all rounds", "MiB", (foot.after_mib,)),
        Row(section, "CPU while idle", "% of a core", (foot.idle_cpu_percent,)),
    ]


def _of_the_rest(measured: Measured) -> list[Row]:
    local, here = "With the small local model", "The bench itself"
    late = tuple(MS * value for value in measured.late_s)
    return [
        Row(local, "start to ready", "s", tuple(measured.starts.local_s)),
        Row(local, "resident memory, both processes", "MiB", tuple(measured.starts.local_mib)),
        Row(here, "its loop was late by", "ms", late),
    ]


def requests_by_name(measured: Measured) -> dict[str, dict[str, float]]:
    """For each platform, requests per answer of the usual length, by their names."""
    found = {}
    for name, results in measured.single.items():
        every = [*results.costs, *measured.crowd[name].costs]
        answers = sum(cost.answers for cost in every)
        names = sorted({request for cost in every for request in cost.requests})
        found[name] = {each: sum(cost.requests[each] for cost in every) / answers for each in names}
    return found


def refused_by_name(measured: Measured) -> dict[str, dict[str, int]]:
    """For each platform, what was answered with 429, and how often."""
    kinds = (measured.single, measured.crowd, measured.long)
    return {
        name: dict(sum((cost.refused for kind in kinds for cost in kind[name].costs), Counter[str]()))
        for name in measured.single
    }


def table(plan: Plan, machine: Machine, measured: Measured) -> str:
    """The report for people."""
    hardware = f"{machine.cpu}, {machine.cores} cores, {machine.memory_mib} MiB"
    lines = [
        f"Tampu bench, {machine.date}",
        f"{hardware}, {machine.system}, Python {machine.python}, load {machine.load:.2f}",
    ]
    if measured.cpu.pairs:
        paced = f"paced: {plan.cpu.paced.rate} tokens/s in each stream, rushed: as fast as they are taken"
        lines += [f"{plan.cpu.rounds} rounds of each client, in turns, after one to warm up; {paced}"]
    if measured.single:
        counts = f"{plan.singles} rounds of 1 question, {plan.crowds} of {PLACES}, 1 long"
        model = f"{1 / TOKEN_S:.0f} tokens/s of {TOKEN_CHARACTERS} characters"
        lines += [
            f"{counts}, {plan.stops} stops a way; seeds from {plan.seed}",
            f"first token after {FIRST_TOKEN_S} s, {model}",
        ]
    section = ""
    for row in rows(plan, measured):
        if row.section != section:
            section = row.section
            lines += ["", f"{section:<62}{'median':>9}{'p95':>9}{'max':>9}{'n':>6}"]
        lines.append(_line(row))
    for name, requests in requests_by_name(measured).items():
        named = ", ".join(f"{request} {count:.2f}" for request, count in requests.items())
        lines += ["", f"{name}, requests per answer of about {plan.usual:,} characters: {named}"]
    for name, refused in refused_by_name(measured).items():
        named = ", ".join(f"{request} {count}" for request, count in refused.items())
        lines += [f"{name}, answered with 429: {named or 'none'}"]
    goals = client_goals(measured.cpu, measured.many)
    lines += ["", *map(str, goals)] if goals else []
    if measured.starts.missing:
        lines += ["", f"Not measured with the local model: {measured.starts.missing}"]
    faults = measured.faults
    lines += ["", f"{len(faults)} WRONG ANSWERS" if faults else "Every answer arrived whole and once."]
    return "\n".join([*lines, *(f"  {fault}" for fault in faults)])


def _line(row: Row) -> str:
    label = f"  {row.figure}{f' [{row.unit}]' if row.unit else ''}"
    seen = spread(row.values)
    if seen.count == 1:
        return f"{label:<62}{_number(seen.median):>9}"
    numbers = "".join(f"{_number(value):>9}" for value in (seen.median, seen.p95, seen.largest))
    goal = "" if row.goal is None else f"  goal {_number(row.goal)}: {row.within} of {seen.count}"
    return f"{label:<62}{numbers}{seen.count:>6}{goal}"


def _number(value: float) -> str:
    size = abs(value)
    return f"{value:.0f}" if size >= 100 or value == int(value) else f"{value:.{1 if size >= 10 else 3}f}"


def as_json(plan: Plan, machine: Machine, measured: Measured) -> str:
    """The report for programs: every value, with its spread. Lateness is given by its spread alone."""
    figures = []
    for row in rows(plan, measured):
        seen = spread(row.values)
        known = {"section": row.section, "figure": row.figure.strip(), "unit": row.unit, **asdict(seen)}
        known |= {} if row.goal is None else {"goal": row.goal, "within_goal": row.within}
        figures.append({**known, "values": row.values} if seen.count <= 1000 else known)
    whole = {
        "machine": asdict(machine),
        "plan": asdict(plan),
        "figures": figures,
        "requests": requests_by_name(measured),
        "refused": refused_by_name(measured),
        "goals": [{**asdict(goal), "met": goal.met} for goal in client_goals(measured.cpu, measured.many)],
        "local_model_missing": measured.starts.missing,
        "faults": measured.faults,
    }
    return json.dumps(whole, indent=2)
