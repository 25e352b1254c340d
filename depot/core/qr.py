"""QR codes (ISO/IEC 18004) as SVG."""

import io

import segno


def svg(text: str) -> bytes:
    """A QR code of a text as an SVG file of its own, dark on light, with a margin; a quarter of it may be damaged."""
    out = io.BytesIO()
    segno.make_qr(text, error="q").save(out, kind="svg", scale=6, border=4, dark="black", light="white")
    return out.getvalue()
