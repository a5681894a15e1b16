"""A sheet to draw on: twice as fine as the picture that comes of it, so that edges are smooth."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.charts.fonts import Font, Fonts

WIDTH, HEIGHT = 1200, 750
_FINER = 2
_WHOLE = 360
_ELLIPSIS = "\u2026"

Point = tuple[float, float]
Colour = str

INK: Colour = "#222222"
QUIET: Colour = "#666666"
RULE: Colour = "#dddddd"
GROUND: Colour = "#ffffff"
# Told apart by those who see few colours, too: M. Okabe and K. Ito, "Color Universal Design".
SERIES: Sequence[Colour] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#b8a900",
    "#555555",
)


class Canvas:
    """Draws in the picture's own pixels."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def width(self, text: str, size: int) -> float:
        """How wide a text is."""
        return self._font(text, size).getlength(text) / _FINER

    def shortened(self, text: str, size: int, room: float) -> str:
        """A text that is no wider than ``room``."""
        if self.width(text, size) <= room:
            return text
        fits = 0
        for end in range(1, len(text)):
            if self.width(text[:end] + _ELLIPSIS, size) > room:
                break
            fits = end
        return text[:fits].rstrip() + _ELLIPSIS

    def text(self, at: Point, text: str, size: int, *, anchor: str = "mm", colour: Colour = INK) -> None:
        """Write; ``anchor`` is Pillow's: left, middle or right, and ascender, middle or descender."""
        self._draw.text(_fine(at), text, fill=colour, font=self._font(text, size), anchor=anchor)

    def upwards(self, at: Point, text: str, size: int, *, ends: bool = False) -> None:
        """Write from below upwards, around a point, or so that it ``ends`` there."""
        font = self._font(text, size)
        left, top, right, bottom = font.getbbox(text)
        mask = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))))
        ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=font)
        turned = mask.rotate(90, expand=True)
        x, y = _fine(at)
        corner = (int(x - turned.width / 2), int(y if ends else y - turned.height / 2))
        self._image.paste(INK, corner, turned)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw from point to point."""
        self._draw.line(
            [_fine(point) for point in points], fill=colour, width=int(width * _FINER), joint="curve"
        )

    def box(self, one: Point, other: Point, colour: Colour) -> None:
        """Fill between two corners."""
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(_fine(one), _fine(other), strict=True))
        self._draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=colour)

    def disc(self, at: Point, radius: float, colour: Colour) -> None:
        """Fill around a point."""
        self._draw.circle(_fine(at), radius * _FINER, fill=colour)

    def slice(self, at: Point, radius: float, angles: tuple[float, float], colour: Colour) -> None:
        """Fill a part of a disc between two angles in degrees, clockwise from the right."""
        (x, y), fine = _fine(at), radius * _FINER
        around = (x - fine, y - fine, x + fine, y + fine)
        is_whole = angles[1] - angles[0] >= _WHOLE
        edge = colour if is_whole else GROUND
        self._draw.pieslice(around, *angles, fill=colour, outline=edge, width=2 * _FINER)

    def png(self) -> bytes:
        """The picture."""
        sink = io.BytesIO()
        self._image.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(sink, "PNG", optimize=True)
        return sink.getvalue()

    def _font(self, text: str, size: int) -> Font:
        return self._fonts.of(text, size * _FINER)


def _fine(point: Point) -> Point:
    return point[0] * _FINER, point[1] * _FINER
