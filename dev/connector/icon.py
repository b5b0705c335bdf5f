"""The connector's icon: a print that hangs to dry under a red lamp, 230 by 230 pixels."""

from io import BytesIO

from PIL import Image, ImageDraw

from dev.connector.properties import BRAND_COLOUR

EDGE_PX = 230
# Drawn larger and made smaller, so that edges are smooth.
_TIMES = 4


def png() -> bytes:
    picture = Image.new("RGB", (EDGE_PX * _TIMES,) * 2, BRAND_COLOUR)
    pen = ImageDraw.Draw(picture)
    pen.ellipse(_scaled(92, 18, 138, 64), fill="#ff5a4f")
    pen.line(_scaled(20, 78, 210, 78), fill="#cbbfd6", width=4 * _TIMES)
    pen.rounded_rectangle(_scaled(52, 88, 178, 202), radius=8 * _TIMES, fill="#fbf7ef")
    pen.rectangle(_scaled(62, 98, 168, 176), fill="#2f7f86")
    pen.polygon(_scaled(62, 176, 100, 124, 124, 156, 142, 138, 168, 176), fill="#123c46")
    pen.ellipse(_scaled(136, 106, 154, 124), fill="#ffd166")
    for left in (74, 148):
        pen.rounded_rectangle(_scaled(left, 70, left + 10, 98), radius=3 * _TIMES, fill="#ff5a4f")
    small = picture.resize((EDGE_PX, EDGE_PX), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _scaled(*places: int) -> list[int]:
    return [place * _TIMES for place in places]
