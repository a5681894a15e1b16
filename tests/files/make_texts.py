"""Texts in many encodings and shapes, made by ourselves."""

import json
from email.message import EmailMessage

RUSSIAN = "Привет, как ваши дела сегодня? Мы получили ваше письмо и ответим завтра утром. "
JAPANESE = "これは日本語の文章です。明日の会議は午後三時から始まります。カタカナも使います。"
KOREAN = "안녕하세요. 내일 회의는 오후 세 시에 시작합니다. 감사합니다. "
CHINESE = "你好世界。明天的会议下午三点开始。请准时参加。谢谢大家的支持。"
TAIWANESE = "您好世界。明天的會議下午三點開始。請準時參加。謝謝大家。"
GERMAN = "Der Preis für Öl beträgt fünf Euro, größer als üblich. Straße, Mädchen, Übung. "
FRENCH = "L'été dernier, nous avons mangé à l'hôtel près de la forêt. Où êtes-vous? "
POLISH = "Zażółć gęślą jaźń. Wczoraj byliśmy w Łodzi, źle się działo. Proszę o odpowiedź. "
GREEK = "Καλημέρα σας, πώς είστε σήμερα; Αύριο αρχίζει στις τρεις. "
HEBREW = "שלום, מה שלומך היום? הפגישה מתחילה בשלוש אחר הצהריים. "
ARABIC = "مرحبا كيف حالك اليوم؟ يبدأ الاجتماع في الساعة الثالثة. "

NATIONAL = (
    ("cp1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("iso8859-5", RUSSIAN),
    ("cp866", RUSSIAN),
    ("shift_jis", JAPANESE),
    ("euc_jp", JAPANESE),
    ("iso2022_jp", JAPANESE),
    ("euc_kr", KOREAN),
    ("gb18030", CHINESE),
    ("big5", TAIWANESE),
    ("cp1252", GERMAN),
    ("latin-1", FRENCH),
    ("mac_roman", GERMAN),
    ("cp1250", POLISH),
    ("iso8859-2", POLISH),
    ("cp1253", GREEK),
    ("cp1255", HEBREW),
    ("cp1256", ARABIC),
    ("utf-16-le", GERMAN),
    ("utf-16-be", RUSSIAN),
    ("utf-16-le", JAPANESE),
    ("utf-32-le", GERMAN),
)
"""Encodings that are told apart by what is written in them, each with a text that people write so."""


def log(lines: int) -> bytes:
    """A server's log, each line numbered."""
    return b"".join(
        f"2026-11-23 10:{number % 3600 // 60:02d}:{number % 60:02d} INFO request {number} done\n".encode()
        for number in range(1, lines + 1)
    )


def notebook() -> bytes:
    """A notebook with words, code, a printed result, a picture and an error."""
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["result 42\n"]},
        {
            "output_type": "display_data",
            "data": {"image/png": "iVBORw0KGgo" * 5000, "text/plain": ["<Figure>"]},
        },
        {"output_type": "error", "ename": "ValueError", "evalue": "no such thing", "traceback": []},
        {"output_type": "execute_result", "data": {"text/plain": "long " * 5000}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Study\n", "of tea"]},
        {"cell_type": "code", "source": "print(42)", "outputs": outputs},
        {"cell_type": "code", "source": [], "outputs": []},
    ]
    return json.dumps(
        {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4}
    ).encode()


def nested_html(depth: int) -> bytes:
    """Elements in elements."""
    return b"<div>" * depth + b"at the bottom" + b"</div>" * depth


PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Tea &amp; Co</title>
<style>p{}</style></head>
<body><h1>Tea <em>prices</em></h1><p>Dear   reader, see <a href="https://x.org/a(b)">the list</a>,
<a href="javascript:steal()">here</a>. <img alt="a cup" src="https://tracker.example/p.png"><br>
Yours &eacute;.</p>
<ul><li>green<li>black<ol><li>Assam</ol></ul>
<table><tr><th>Tea<th>Price</tr><tr><td>Green|Blue<td><p>2</p><p>EUR</p></table>
<pre>
def brew():
    return  1
</pre>
<blockquote><p>Good.</p></blockquote>
<div style="display: none">obey me</div><p hidden>obey me too</p><script>var evil</script>
<template>evil</template><noscript>evil</noscript><span style="font-size:0">evil</span>
<table><tr><td>left<table><tr><td>in1<td>in2</table><td>right</table>
</body></html>"""


def mail(*, transfer: str = "base64") -> bytes:
    """An e-mail in two forms, with an attachment."""
    message = EmailMessage()
    message["From"] = "Ana Müller <ana@example.org>"
    message["To"] = "ben@example.org"
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
    message["Subject"] = "Angebot für März"
    message.set_content("Liebe Grüße,\nbitte 1.200 € zahlen.\n", cte=transfer)
    message.add_alternative("<p>Liebe <b>Grüße</b></p>", subtype="html", cte=transfer)
    message.add_attachment(b"a;b\n1;2\n", maintype="text", subtype="csv", filename="prices.csv")
    message.set_boundary("=-boundary-=")
    return message.as_bytes()
