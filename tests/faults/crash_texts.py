"""What the scenarios are told in, and those scenarios in which a person only asks."""

from core.outgoing import OutFile
from tests.faults.crash_scenario import Act, Kind, Scenario

ONE = "Llamas hum to each other."
TWO = "Llamas hum to each other all day long. They also carry what people give them."
THREE = f"{TWO} In the high Andes they have done so for thousands of years, and still do."
OTHER = "Alpacas are smaller. People keep them for their wool, which is as soft as it looks."
SHORT = "Alpacas are smaller."
OPENER = "**Ada asked:** what do llamas do?"
COMMITTED = ("Llamas hum", "to each other.")
FILES = (
    OutFile("chart.png", "image/png", b"PNG", "Bars: Ada 3, Bob 5."),
    OutFile("table.csv", "text/csv", b"a,b"),
)
NARROW = 50
SHORTER = Act(Kind.EDIT, "What do alpacas do?", SHORT)
LONGER = Act(Kind.EDIT, "What do alpacas do?", OTHER)
DELETION = Act(Kind.DELETE)
FOLLOW = Act(Kind.FOLLOW, "And alpacas?", SHORT)
MAIN = (
    Scenario("one message", (ONE,)),
    Scenario("two messages", (TWO,), limit=NARROW),
    Scenario("an opener", (TWO,), limit=NARROW, opener=OPENER),
    Scenario("a committed answer", ("Never asked for.",), committed=COMMITTED),
    Scenario("a committed answer with files", ("Never asked for.",), committed=COMMITTED, files=FILES),
    Scenario("delivered again in every life", (TWO,), limit=NARROW, again=True),
    Scenario("another answer in every life", (THREE, ONE, TWO), limit=NARROW),
    Scenario("step by step", (TWO,), limit=NARROW, slowly=True),
    Scenario("a tool that may have effects", (ONE,), tools=("look_up",)),
    Scenario("a tool that makes files", (ONE,), tools=("read_up",), files=FILES),
    Scenario("a harmless tool beside it", (ONE,), tools=("look_up", "read_up")),
)
