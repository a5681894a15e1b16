"""The numbers of lists as letters, Roman numerals, or digits."""

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_ROMAN = 4000


def numeral(count: int, form: str) -> str:
    """The number in a form that is called as in Word: ``"upperRoman"``, ``"lowerLetter"``; else in digits."""
    if form.endswith("Letter") and count > 0:
        shown = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 9)
    elif form.endswith("Roman") and 0 < count < _MAX_ROMAN:
        shown = _roman(count)
    else:
        return str(count)
    return shown.upper() if form.startswith("upper") else shown


def _roman(count: int) -> str:
    shown = ""
    for worth, letters in _ROMAN:
        shown += letters * (count // worth)
        count %= worth
    return shown
