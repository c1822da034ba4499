"""Renders the ticket with ReportLab, with embedded fonts and the QR code as horizontal runs."""

import io
import json
import os
import time

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

ticket = json.load(open(os.environ["TICKET"]))
for name in ("Regular", "Bold"):
    pdfmetrics.registerFont(TTFont(name, os.path.join(os.environ["FONTS"], f"Inter-{name}.ttf")))
accent = Color(*[channel / 255 for channel in ticket["accent"]])


def render():
    out = io.BytesIO()
    height = ticket["height"]
    canvas = Canvas(out, pagesize=(ticket["width"], height), pageCompression=1)
    canvas.setTitle("Gardenia 2025")
    canvas.setFillColor(accent)
    for rect in ticket["rects"]:
        canvas.rect(rect["x"], height - rect["y"] - rect["height"], rect["width"], rect["height"], stroke=0, fill=1)
    for text in ticket["texts"]:
        canvas.setFillColor(HexColor(text["color"]))
        canvas.setFont("Bold" if text["bold"] else "Regular", text["size"])
        canvas.drawString(text["x"], height - text["baseline"], text["text"])
    code = ticket["qr"]
    rows = segno.make(code["text"], error="m", mode="alphanumeric", boost_error=True).matrix
    scale = code["size"] / (len(rows) + 2 * code["quiet"])
    path = canvas.beginPath()
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x + 1
            if row[x]:
                while end < len(row) and row[end]:
                    end += 1
                left, top = code["x"] + (x + code["quiet"]) * scale, code["y"] + (y + code["quiet"]) * scale
                path.rect(left, height - top - scale, (end - x) * scale, scale)
            x = end
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.save()
    return out.getvalue()


for _ in range(5):
    render()
started, count = time.perf_counter(), 0
while time.perf_counter() - started < ticket["seconds"]:
    last = render()
    count += 1
micros = (time.perf_counter() - started) / count * 1e6
open(os.path.join(os.environ["OUT"], "reportlab.pdf"), "wb").write(last)
print(f"{'ReportLab (Python)':28} {micros:12.0f} {len(last):10}")
