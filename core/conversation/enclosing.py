"""The files of an answer: messages behind its texts that are posted once and never edited."""

from collections.abc import Iterable

from core import phrases
from core.capabilities import Capabilities
from core.conversation.growing import Desired
from core.delivery import Draft, FileDraft
from core.outgoing import OutFile, plain_name
from core.storage import Post


class Enclosures:
    """Which files are still to be posted, and which of them words stand for."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self._wanted: dict[int, Desired] = {}
        self._files: dict[int, OutFile] = {}

    def settle(self, posts: Iterable[Post]) -> None:
        """Take an answer's committed files, those that are out already among them."""
        for post in posts:
            if not post.is_file or post.final is None:
                continue
            self._wanted[post.seq] = Desired(post.final, final=True)
            if post.file is not None:
                self._files[post.seq] = post.file
                if len(post.file.content) > self._capabilities.max_file:
                    self.stand_in(post.seq)

    def desired(self) -> dict[int, Desired]:
        """What every such message is to be, as words."""
        return dict(self._wanted)

    def file(self, seq: int) -> OutFile | None:
        """The file to post; ``None`` where words are to be posted."""
        return self._files.get(seq)

    def words(self, seq: int) -> str:
        """What such a message shows once it is there; empty for one of the texts."""
        return self._wanted[seq].text if seq in self._wanted else ""

    def keeps(self, seq: int) -> bool:
        """Whether people read the file out of the store."""
        return self._capabilities.keeps_files and seq in self._files

    def stand_in(self, seq: int) -> bool:
        """Put an honest word in the place of a file that is not taken; false the second time."""
        file = self._files.pop(seq, None)
        if file is not None:
            sentence = phrases.file_not_posted(plain_name(file.name))
            self._wanted[seq] = Desired(sentence, final=True)
        return file is not None


def is_made(post: Post) -> bool:
    """Whether it is a file that a tool made, and no answer is committed that brings it."""
    return post.file is not None and post.final is None


def enclosed(draft: Draft, file: OutFile) -> FileDraft:
    """The draft of a file in the place of that of its words."""
    return FileDraft(draft.address, draft.key, draft.turn, file, draft.reply_to)
