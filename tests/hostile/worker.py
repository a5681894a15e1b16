"""A worker like the product's, but for texts: a hostile reader has them. It is started by tests only."""

from core.files.worker import READERS, work
from tests.hostile import reader

if __name__ == "__main__":
    work({**READERS, "": reader.__name__, "RTF": "tests.hostile.missing"})
