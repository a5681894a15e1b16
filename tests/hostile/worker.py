"""A worker like the product's, but for texts: a hostile reader has them. It is started by tests only."""

from core.files.worker import READERS, work

if __name__ == "__main__":
    work({**READERS, "": "tests.hostile.reader", "RTF": "tests.hostile.missing"})
