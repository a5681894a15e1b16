"""Documents that are longer than the model can read: the pages that matter, said, and found again later."""

import textwrap

from bots.rule_names import WITH_DOCUMENTS
from core.llama.known import Facts
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import said
from tests.fakes.platform import FakePlatform
from tests.files.make_pdf import scan_between, scanned, text_pdf
from tests.questions import BEN, asked
from tests.scenario.conftest import Begin, Talk

SMALL = Facts(window=6_000, max_output=500, tools=False, vision=False)
LARGE = Facts(window=100_000, max_output=500, tools=False, vision=False)
PAGES = 60
TREASURE = 41
REPORT = Attachment("f1", "report.pdf", "application/pdf", None, "report")


def report() -> bytes:
    """Sixty pages, of which one says where the treasure lies."""
    filler = "The expedition went on through hills and rivers, and nothing of note was found that day. " * 6
    pages = [f"Day {number} of the journey. {filler}" for number in range(1, PAGES + 1)]
    pages[TREASURE - 1] += " The golden astrolabe lies beneath the third stone of the bridge at Urubamba."
    return text_pdf(*("\n".join(textwrap.wrap(page, 80)) for page in pages))


def platform() -> FakePlatform:
    return FakePlatform(files={"report": report()})


async def asks(talk: Talk, text: str, number: int = 1, **also: object) -> str:
    """What people read below a question."""
    talk.model.answer_with(lambda _: said("So it is."))
    await talk.ask(asked(text, number=number, **also))  # type: ignore[arg-type]
    await talk.quiet()
    return talk.platform.texts()[-1]


async def test_the_pages_that_a_question_is_about_are_read_and_named(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, platform(), facts=SMALL) as talk:
        shown = await asks(talk, "Where is the golden astrolabe?", attachments=(REPORT,))
        assert shown.startswith("> Read of report.pdf: pages ")
        assert shown.partition("\n")[0].endswith(f"40 to 42 of {PAGES}.")
        assert shown.endswith("So it is.")
        assert "bridge at Urubamba" in " ".join(talk.read().split())
        assert "Day 1 of the journey" in talk.read()
        assert "Day 20 of the journey" not in talk.read()


async def test_a_later_question_finds_the_file_again_also_after_a_restart(
    begin: Begin, model: ModelEmulator
) -> None:
    place = platform()
    async with begin(model, place, facts=SMALL) as talk:
        await asks(talk, "What does page 2 say?", attachments=(REPORT,))
        assert "Urubamba" not in talk.read()
    async with begin(model, place, facts=SMALL) as talk:
        shown = await asks(talk, "Where does the golden astrolabe lie?", 2)
        assert "40 to 42" in shown.partition("\n")[0]
        assert "bridge at Urubamba" in " ".join(talk.read().split())
        await asks(talk, "Thank you. What is the capital of France?", 3)
        assert "> Read of" not in talk.platform.texts()[-1]


async def test_what_fits_is_read_whole_and_nothing_is_said_of_it(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, platform(), facts=LARGE) as talk:
        shown = await asks(talk, "Where is the golden astrolabe?", attachments=(REPORT,))
        assert "Read of" not in shown
        assert all(f"Day {number} of the journey" in talk.read() for number in range(1, PAGES + 1))


async def test_another_thread_does_not_find_it(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, platform(), facts=SMALL) as talk:
        await asks(talk, "Where is the golden astrolabe?", attachments=(REPORT,))
        await talk.ask(
            asked("Where is the golden astrolabe in report.pdf?", number=2, author=BEN, thread="t2")
        )
        await talk.quiet()
        assert "Urubamba" not in talk.read()


async def test_it_goes_with_its_question(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, platform(), facts=SMALL) as talk:
        question = asked("What is this about?", attachments=(REPORT,))
        await talk.ask(question)
        await talk.quiet()
        await talk.delete(question)
        await talk.quiet()
        await asks(talk, "Where does the golden astrolabe of report.pdf lie?", 2)
        assert "Urubamba" not in talk.read()
        assert talk.rows_with("Urubamba") == set()


async def test_a_stop_while_it_is_answered_leaves_it_to_be_asked_again(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, platform(), facts=SMALL) as talk:
        model.stall("A long beginning")
        await talk.ask(asked("What is this about?", attachments=(REPORT,)))
        await talk.until(lambda: "A long beginning" in "".join(talk.platform.texts()))
        await talk.ask(asked("/stop", number=2))
        await talk.quiet()
        shown = await asks(talk, "Where does the golden astrolabe lie?", 3)
        assert "40 to 42" in shown.partition("\n")[0]


async def test_numbers_come_from_the_table_itself(begin: Begin, model: ModelEmulator) -> None:
    rows = "".join(f"{number},item {number},{number / 10:.2f}\n" for number in range(1, 1_001))
    place = FakePlatform(files={"costs": f"no,what,price\n{rows}".encode()})
    costs = Attachment("f1", "costs.csv", "text/csv", None, "costs")
    async with begin(model, place, facts=Facts(window=20_000, tools=True)) as talk:
        model.call_tool("query_tables", {"sql": "SELECT sum(price) AS total FROM costs"})
        model.say("50,050.00 in all.")
        await talk.ask(asked("What do they cost together?", attachments=(costs,)))
        await talk.quiet()
        assert set(model.journal[0].ask.tools) - {"look_up", "read_up"} == set(WITH_DOCUMENTS)
        (result,) = model.journal[1].ask.tool_results
        assert "50050" in result.text.replace(",", "")
        model.call_tool("query_tables", {"sql": "SELECT price FROM expenses"})
        model.call_tool("read_pages", {"document": "costs.csv", "pages": "1"})
        model.say("It begins with item 1.")
        await talk.ask(asked("And what is the first one?", number=2))
        await talk.quiet()
        wrong, page = model.journal[-1].ask.tool_results[-2:]
        assert 'Table "costs" has the columns "no", "what", "price".' in wrong.text
        assert "item 1" in page.text


def lease(rent: int) -> bytes:
    filler = "Nothing else of note is agreed upon here. " * 20
    clauses = [f"{filler} Clause {number}." for number in range(1, 21)]
    clauses[14] = f"The rent is {rent} euros. {clauses[14]}"
    return text_pdf(*("\n".join(textwrap.wrap(clause, 80)) for clause in clauses))


async def test_two_documents_of_one_name_are_two(begin: Begin, model: ModelEmulator) -> None:
    place = FakePlatform(files={"old": lease(901), "new": lease(1207)})
    old, new = (Attachment(name, "lease.pdf", "application/pdf", None, name) for name in ("old", "new"))
    async with begin(model, place, facts=SMALL) as talk:
        shown = await asks(talk, "Compare the rent.", attachments=(old, new))
        assert "Read of lease.pdf: " in shown
        assert "Read of lease (2).pdf: " in shown
        read = talk.read()
        assert (
            read.index("The rent is 901") < read.index("File lease (2).pdf") < read.index("The rent is 1207")
        )
    async with begin(model, place, facts=SMALL) as talk:
        await asks(talk, "What is the rent in lease (2)?", 2)
        assert "The rent is 1207" in talk.read()


async def test_one_document_under_two_names_keeps_both(begin: Begin, model: ModelEmulator) -> None:
    both = tuple(Attachment(name, name, "", None, "same") for name in ("old.pdf", "new.pdf"))
    async with begin(model, FakePlatform(files={"same": lease(901)}), facts=SMALL) as talk:
        await asks(talk, "Did the rent change?", attachments=both)
        read = talk.read()
        assert read.count("The rent is 901") == 1
        assert "It was sent as old.pdf, too." in read
        await asks(talk, "Which rent?", 2)
        assert "[file old.pdf: The same file as new.pdf. " in talk.read()


async def test_of_two_documents_of_one_name_each_is_read_by_a_name_of_its_own(
    begin: Begin, model: ModelEmulator
) -> None:
    place = FakePlatform(files={"old": lease(901), "new": lease(1207)})
    old, new = (Attachment(name, "lease.pdf", "application/pdf", None, name) for name in ("old", "new"))
    async with begin(model, place, facts=Facts(window=20_000, tools=True)) as talk:
        await asks(talk, "Keep this.", attachments=(old,))
        for name in ("lease.pdf", "lease (2).pdf"):
            model.call_tool("read_pages", {"document": name, "pages": "15"})
        await asks(talk, "And this. Which rent?", 2, attachments=(new,))
        first, second = model.journal[-1].ask.tool_results[-2:]
        assert "The rent is 901" in first.text
        assert "The rent is 1207" in second.text


async def test_the_model_reads_on_in_a_long_text_as_it_is_told_to(begin: Begin, model: ModelEmulator) -> None:
    lines = "\n".join(
        f"entry {at}: the worker was idle, and nothing was to be done" for at in range(1, 3_001)
    )
    place = FakePlatform(files={"log": lines.encode()})
    log = Attachment("f1", "app.log", "text/plain", None, "log")
    async with begin(model, place, facts=Facts(window=20_000, tools=True)) as talk:
        model.call_tool("search_documents", {"words": "2345"})
        model.call_tool("read_pages", {"document": "app.log", "pages": "lines 2,300 to 2,400"})
        await asks(talk, "What happened?", attachments=(log,))
        found, read = (result.text for result in model.journal[-1].ask.tool_results)
        left = read.split("Ask by name for what is left: ")[1].split("; ")[0]
        for number, name in enumerate((found.removeprefix("app.log: "), left), start=2):
            model.call_tool("read_pages", {"document": "app.log", "pages": name})
            await asks(talk, "Go on.", number)
            read = model.journal[-1].ask.tool_results[-1].text
            assert read.startswith(f"## {name}\n")
            assert name == left or "entry 2345: " in read


async def test_tables_of_two_files_are_told_apart_and_joined(begin: Begin, model: ModelEmulator) -> None:
    years = {"y25.csv": "month,sales\nJan,10\nFeb,20\n", "y26.csv": "month,sales\nJan,11\nFeb,27\n"}
    place = FakePlatform(
        files={name: text.encode() for name, text in years.items()} | {"more": b"a,b\n1,2\n"}
    )
    both = tuple(Attachment(name, "sales.csv", "text/csv", None, name) for name in years)
    async with begin(model, place, facts=Facts(window=20_000, tools=True)) as talk:
        join = "SELECT month, b.sales - a.sales AS growth FROM sales a JOIN sales_2 b USING (month)"
        model.call_tool("query_tables", {"sql": join})
        await asks(talk, "How much more?", attachments=both)
        (result,) = model.journal[-1].ask.tool_results
        assert "| Jan | 1 |\n| Feb | 7 |" in result.text
        more = Attachment("f3", "sales.csv", "text/csv", None, "more")
        model.call_tool("query_tables", {"sql": "SELECT sum(sales) FROM sales_2"})
        await asks(talk, "And all of the second?", 2, attachments=(more,))
        assert "| 38 |" in model.journal[-1].ask.tool_results[-1].text


async def test_what_is_said_of_a_long_answer_of_a_table_is_not_cut_with_it(
    begin: Begin, model: ModelEmulator
) -> None:
    rows = "".join(f"{at},{'a long remark on this one ' * 3}\n" for at in range(400))
    place = FakePlatform(files={"notes": f"no,remark\n{rows}".encode()})
    async with begin(model, place, facts=Facts(window=20_000, tools=True)) as talk:
        model.call_tool("query_tables", {"sql": "SELECT * FROM notes"})
        await asks(talk, "Which are there?", attachments=(Attachment("f1", "notes.csv", "", None, "notes"),))
        (result,) = model.journal[-1].ask.tool_results
        assert result.text.startswith("There are more rows: only the first ")
        assert result.text.endswith("[cut off here: the result was too long]")


async def test_where_there_are_no_documents_there_are_no_tools_for_them(talk: Talk) -> None:
    await asks(talk, "Hello")
    assert talk.model.journal[0].ask.tools == ("look_up", "read_up")


async def test_pages_that_are_pictures_cost_a_text_only_model_these_pages_alone(
    begin: Begin, model: ModelEmulator
) -> None:
    files = {
        "mixed": scan_between("It begins here.", "Pictured words", "It ends there."),
        "scan": scanned("x"),
    }
    async with begin(model, FakePlatform(files=files), facts=SMALL) as talk:
        mixed = Attachment("f1", "mixed.pdf", "application/pdf", None, "mixed")
        shown = await asks(talk, "What does it say?", attachments=(mixed,))
        assert "which reads text only, so I did not look at mixed.pdf page 2." in shown
        assert shown.endswith("So it is.")
        assert "It ends there." in talk.read()
        scan = Attachment("f2", "scan.pdf", "application/pdf", None, "scan")
        shown = await asks(talk, "And this?", 2, attachments=(scan,))
        assert shown.startswith("I run on emulated-llama, which reads text only")
        assert len(model.journal) == 1
