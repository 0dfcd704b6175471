"""Bars of ratios, as SVG and as PNG, out of the same shapes.

    echo '[["name", 12.5]]' | python bench/chart.py PATH

Writes PATH.svg and PATH.png. The PNG is drawn with Pillow; the SVG needs nothing.
"""

from __future__ import annotations

import json
import math
import sys
from html import escape
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Tuple, Union

Bars = List[Tuple[str, float]]

ROW, TOP, LEFT, WIDTH, RIGHT = 18, 56, 300, 560, 70
INK, FAINT, BAR, SLOW = "#1f2328", "#d0d7de", "#b7410e", "#8c959f"


class Box(NamedTuple):
    """A filled rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float
    fill: str


class Label(NamedTuple):
    """A line of text; `x` is its start, its middle or its end."""

    x: float
    y: float
    text: str
    size: int
    anchor: str


Shape = Union[Box, Label]


def draw(bars: Bars) -> Iterator[Shape]:
    """The shapes of a chart: a bar for each benchmark, on a logarithmic scale."""
    top = max([10.0] + [ratio for _, ratio in bars])
    decades = math.ceil(math.log10(top) * 4) / 4
    yield Label(LEFT, 20, "How many times LangGraph's time is ours (wall time)", 15, "start")
    for power in range(int(decades) + 1):
        x = LEFT + WIDTH * power / decades
        yield Box(x, TOP - 8, 1, ROW * len(bars) + 12, FAINT)
        yield Label(x, TOP - 14, f"{10**power}x", 11, "middle")
    for number, (name, ratio) in enumerate(bars):
        y = TOP + ROW * number
        length = max(1.0, WIDTH * math.log10(max(ratio, 1.0)) / decades)
        yield Label(LEFT - 8, y + 11, name, 11, "end")
        yield Box(LEFT, y + 2, length, ROW - 6, BAR if ratio >= 1 else SLOW)
        shown = f"{ratio:.0f}x" if ratio >= 20 else f"{ratio:.1f}x"
        yield Label(LEFT + length + 5, y + 11, shown, 11, "start")


def size_of(bars: Bars) -> Tuple[int, int]:
    """Width and height of the chart."""
    return LEFT + WIDTH + RIGHT, TOP + ROW * len(bars) + 12


def as_svg(bars: Bars) -> str:
    """The chart as the text of an SVG file."""
    width, height = size_of(bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" fill="{INK}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for shape in draw(bars):
        if isinstance(shape, Box):
            lines.append(
                f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" '
                f'height="{shape.height:.1f}" fill="{shape.fill}"/>'
            )
        else:
            lines.append(
                f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size}" '
                f'text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
            )
    return "\n".join([*lines, "</svg>", ""])


def write_png(bars: Bars, path: Path, scale: int = 2) -> None:
    """Draw the same shapes as an image, so many pixels to one."""
    from PIL import Image, ImageDraw, ImageFont

    width, height = size_of(bars)
    image: Any = Image.new("RGB", (width * scale, height * scale), "#ffffff")
    pen = ImageDraw.Draw(image)
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for shape in draw(bars):
        x, y = shape.x * scale, shape.y * scale
        if isinstance(shape, Box):
            # the far corner belongs to the rectangle
            corner = (x + shape.width * scale - 1, y + shape.height * scale - 1)
            pen.rectangle([(x, y), corner], fill=shape.fill)
        else:
            font = ImageFont.load_default(shape.size * scale)
            pen.text((x, y), shape.text, fill=INK, font=font, anchor=anchors[shape.anchor])
    image.quantize(32).save(path, optimize=True)


def main(path: Path) -> None:
    """Read bars from the standard input and write both files."""
    bars: Bars = [(name, ratio) for name, ratio in json.load(sys.stdin)]
    path.with_suffix(".svg").write_text(as_svg(bars), encoding="utf-8")
    write_png(bars, path.with_suffix(".png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
