"""The store in memory: what people chose for a thread, a channel or an account."""

from dataclasses import dataclass

from core import acts
from core.address import Address
from core.message import Author
from core.settings import Chain, Choices, Chosen, Scope, Setting, place_of
from tests.fakes.tables import Tables


@dataclass
class MemoryChoices(Tables):
    """Implements core.storage.SettingsStore."""

    async def chain(self, address: Address) -> Chain:
        places = [place_of(address, scope) for scope in Scope]
        wanted = [(place, setting) for place in places for setting in sorted(Setting)]
        return Chain(tuple(self.choices[key] for key in wanted if key in self.choices))

    async def choose(self, address: Address, scope: Scope, choices: Choices, by: Author, now: float) -> None:
        for setting in choices.made:
            self._note_choice(address, scope, choices.only(setting), setting, by, now)
            chosen = Chosen(scope, choices.only(setting), by.name, now)
            self.choices[place_of(address, scope), setting] = chosen
            self.choosers[place_of(address, scope), setting] = by.id

    async def unchoose(
        self, address: Address, scope: Scope, settings: tuple[Setting, ...], by: Author, now: float
    ) -> None:
        for setting in settings:
            self._note_choice(address, scope, Choices(), setting, by, now)
            self.choices.pop((place_of(address, scope), setting), None)

    def _note_choice(
        self, address: Address, scope: Scope, after: Choices, setting: Setting, by: Author, now: float
    ) -> None:
        row = self.choices.get((place_of(address, scope), setting))
        before = row.choices if row else Choices()
        self.note(acts.chosen(by, address, scope, setting, (before, after), now))
