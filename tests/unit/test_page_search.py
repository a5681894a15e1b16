"""The words of a question, and pages in the order of what they have of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.page_search import MOST_TERMS, Term, expression_of, ranked, terms_of, within

HOSTILE = (
    '"',
    '""',
    '" OR "',
    "NEAR(a b, 2)",
    "a*",
    "^a",
    "-a",
    "text : a",
    "{text} : a",
    "a AND NOT b",
    "(",
    "'; --",
)


def texts_of(question: str) -> list[str]:
    return [term.text for term in terms_of(question)]


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE page USING fts5 (place, label, text, tokenize = 'unicode61')")
        database.executemany(
            "INSERT INTO page VALUES (?, ?, ?)",
            [("d1", "page 1", "a lama"), ("d2", "page 1", "another b or")],
        )
        yield database


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("What are the terms of payment?", ["term", "paymen"]),
        ("When did the war begin?", ["war", "begi"]),
        ("War das die Kündigungsfrist?", ["Kündigungsfri"]),
        ("Quelles sont les conditions de paiement ?", ["conditio", "paieme"]),
        ("¿Cuál es el plazo de entrega?", ["plaz", "entreg"]),
        ("Summarise the document, please", []),
        ("Fasse das Dokument zusammen", []),
        ("Résume ce fichier", []),
        ("page 31", ["31"]),
        ("Q3 2026, ISO-9001", ["Q3", "2026", "ISO", "9001"]),
        ("x", []),
        ("合同", ["合同"]),
        ("期限はいつですか", ["期限", "限は"]),
        ("", []),
    ],
)
def test_what_a_question_is_about(question: str, terms: list[str]) -> None:
    assert texts_of(question) == terms


def test_words_are_found_with_other_endings_and_codes_as_they_are() -> None:
    assert terms_of("contracts") == (Term("contrac", begins=True),)
    assert terms_of("tax 2026 A4") == (Term("tax"), Term("2026"), Term("A4"))
    assert within(terms_of("contracts 2026")) == (Term("contrac", piece=True),)


@given(st.text(max_size=200) | st.lists(st.sampled_from(HOSTILE)).map(" ".join))
@example("a\x00b \ud800 \udfff")
@example("\u0301 \u0300\u0301")
@example("\U0001e900\U0001e901 \U0001f999")
def test_whatever_is_asked_is_a_search_in_the_given_documents(
    index: sqlite3.Connection, question: str
) -> None:
    terms = terms_of(question)
    assert len(terms) <= MOST_TERMS
    for term in terms:
        assert '"' not in term.text
        assert "%" not in term.text
        expression = expression_of(term, (1, 3))
        places = index.execute("SELECT place FROM page WHERE page MATCH ?", (expression,)).fetchall()
        assert set(places) <= {("d1",)}


def test_a_quote_in_a_term_is_a_quote() -> None:
    assert expression_of(Term('a"b'), (7,)) == 'place : ("d7") AND {label text} : ("a""b")'


def test_rare_words_say_more_than_common_ones() -> None:
    common = {(1, number): 1.0 for number in range(1, 10)}
    order = ranked([common, {(1, 7): 0.5}, {}], 10)
    assert order[0].place == (1, 7)
    assert [one.place for one in order[1:]] == [(1, number) for number in range(1, 10) if number != 7]
    assert 0 < order[1].share < order[0].share < 1


def test_the_better_fit_comes_first_whatever_it_is_measured_in() -> None:
    for unit in (1e-9, 1.0, 1e9):
        order = ranked([{(1, 1): 1 * unit, (1, 2): 3 * unit, (2, 1): 2 * unit}], 10)
        assert [one.place for one in order] == [(1, 2), (2, 1), (1, 1)]
        assert {one.share for one in order} == {1.0}


def test_what_nobody_asked_for_is_nowhere() -> None:
    assert ranked([], 10) == []
    assert ranked([{}], 0) == []
