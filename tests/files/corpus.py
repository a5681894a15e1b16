"""The corpus: every file that people and hostile people send, and what must become of it."""

from tests.files import (
    corpus_archives,
    corpus_media,
    corpus_names,
    corpus_office,
    corpus_pdf,
    corpus_pictures,
    corpus_pictures_hostile,
    corpus_tables,
    corpus_texts,
)
from tests.files.corpus_case import Case

CASES: tuple[Case, ...] = (
    *corpus_pictures.CASES,
    *corpus_pictures_hostile.CASES,
    *corpus_pdf.CASES,
    *corpus_office.CASES,
    *corpus_tables.CASES,
    *corpus_texts.CASES,
    *corpus_archives.CASES,
    *corpus_media.CASES,
    *corpus_names.CASES,
)
