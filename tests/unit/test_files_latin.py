"""European texts that do not say how they are encoded: each word as it was written."""

import os
from time import monotonic

import pytest

from core.files.readers.encodings import decoded
from core.files.readers.latin import latin_page

_WRITTEN = (
    ("cp1252", "Não há informação sobre a doação da situação.\nA reunião é amanhã às três horas."),
    ("cp1252", "nome;preço\npão;3,50\nmaçã;2\n"),
    ("cp1252", "DESCRIÇÃO;PREÇO UNITÁRIO\nPÃO;AÇÕES\n"),
    ("cp1252", "El señor compró piñas en la estación.\n¿Cuándo será la reunión? D./Dña…………………"),
    ("cp1252", "Nº de obligación; CALLE, PISO, Nº, 3ª planta"),
    ("cp1252", "Voilà, ça été réglé à Noël où le garçon mangeait.\nGoûter"),
    ("cp1252", "déjà vu à la carte, très bien"),
    ("cp1252", "Økonomi og ægte blåbær på Færøerne"),
    ("cp1252", "Årsmöte för föreningen på torsdag, även gäster är välkomna"),
    ("cp1252", "Grüße aus München, schöne Straße, 5 € je m²"),
    ("cp1252", "Perché la città è così? Andrò più tardi."),
    ("cp1252", "Þetta er íslenska, ég á við það"),
    ("cp1252", "It\u2019s a “quote” \u2013 don\u2019t worry about people—particularly these…"),
    ("cp1252", "São Paulo;Müller;Señor;Château;Zoë;Åse"),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    ("cp1250", "Wpłata za czesne, odpłatność miesięczna"),
    ("cp1250", "Kérem, küldje el a számlát hétfőig"),
    ("cp1250", "Şeful a spus că ţara noastră este frumoasă în această dimineaţă"),
    ("cp1250", "Čaša vode i šećer, žena đak"),
    ("cp1254", "A\u011fr\u0131 da\u011f\u0131 \u0131s\u0131tmas\u0131 şart değil, güneşli bir gün"),
    ("cp1257", "Ąžuolas ir šešėlis, žąsys įvyko ūkyje"),
    ("iso8859_2", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    ("mac_roman", "El señor compró piñas; voilà, ça été réglé"),
    ("mac_roman", "“Größe” für schöne Straßen"),
    ("cp850", "Présentation de l'été à Genève, ça va"),
    ("cp850", "Größe für schöne Straßen und Müller"),
    ("cp852", "Příliš žluťoučký kůň úpěl"),
)


@pytest.mark.parametrize(("encoding", "text"), _WRITTEN)
@pytest.mark.parametrize("times", [1, 30])
def test_words_come_out_as_they_were_written(encoding: str, text: str, times: int) -> None:
    written = f"{text}\n" * times
    assert decoded(written.encode(encoding), "a.txt") == written


@pytest.mark.parametrize("content", [b"", b"plain words"])
def test_what_is_no_european_text_is_in_no_page(content: bytes) -> None:
    assert latin_page(content) is None


def test_noise_is_answered_at_once() -> None:
    begin = monotonic()
    assert latin_page(os.urandom(128_000)) is None
    assert monotonic() - begin < 3
