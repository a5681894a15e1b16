"""A process that draws one chart and ends: see ``core.charts.press``."""

import json
import os
import sys

from core.charts.chart import chart_from
from core.charts.drawing import draw
from core.charts.fonts import Fonts, open_fonts
from core.files.confinement import confine


def work() -> None:
    """Read a chart from standard input; write what could not be written on it, a line, and the picture."""
    parent, memory_bytes, cpu_seconds = map(int, sys.argv[1:])
    with open_fonts() as files:
        confine(parent, memory_bytes, cpu_seconds)
        fonts = Fonts(files)
        picture = draw(chart_from(sys.stdin.buffer.read()), fonts)
    sys.stdout.buffer.write(json.dumps("".join(sorted(fonts.missing))).encode() + b"\n" + picture)
    sys.stdout.buffer.flush()
    # Nothing that a library does at its end is worth a wait, or a crash.
    os._exit(0)


if __name__ == "__main__":
    work()
