"""Words read by their looks: Tesseract for Dutch, as a process of its own with limits on time and memory.

It gets plain grey dots (PGM), made by our own renderer in the sandbox: never a file that somebody sent.
"""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

from depot.reading.layout import Word

PROGRAM, LANGUAGE, DATA = "tesseract", "nld", "tesseract-ocr-nld"
ROWS = "6"
SECONDS = 30
MEMORY = 1 << 30
AIR = 0.1
"""How much higher a line is than its letters, above and below: type has that much, and the layout counts in it."""
LINE, WORD = "4", "5"
"""What a row of Tesseract's table is about; pages, blocks and paragraphs are passed over."""
# One thread: with more they wait for each other, and a page takes 20 seconds instead of 2.
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "PATH": os.defpath, "LC_ALL": "C.UTF-8"}


class OcrError(Exception):
    """Tesseract could not read a page within its limits."""


def is_there() -> bool:
    """Whether this machine has Tesseract with Dutch."""
    if shutil.which(PROGRAM, path=ENVIRONMENT["PATH"]) is None:
        return False
    told = subprocess.run(
        [PROGRAM, "--list-langs"], check=False, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS
    )
    return LANGUAGE in told.stdout.split()


def words(dots: bytes, width: int, height: int, *, page: int, scale: float) -> list[Word]:
    """The words on a page of grey dots, with `scale` dots a point; raises OcrError."""
    limits = ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS}", "--core=0", "--"]
    command = [*limits, PROGRAM, "stdin", "stdout", "-l", LANGUAGE, "--psm", ROWS, "--dpi", f"{scale * 72:.0f}", "tsv"]
    picture = b"P5 %d %d 255\n" % (width, height) + dots
    try:
        told = subprocess.run(command, input=picture, env=ENVIRONMENT, capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise OcrError(type(error).__name__) from error
    return list(_words(told.stdout.decode("utf-8", "replace"), page, scale))


def _words(table: str, page: int, scale: float) -> Iterator[Word]:
    """The words of a table, each as high as its line, so that "een" and "Dag" stand beside each other."""
    top = bottom = 0.0
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        left, above, wide, high = (int(row[name]) / scale for name in ("left", "top", "width", "height"))
        if row["level"] == LINE:
            top, bottom = above - AIR * high, above + (1 + AIR) * high
        elif row["level"] == WORD and row["text"].strip():
            yield Word(page, left, top, left + wide, bottom, row["text"], _confidence(row))


def _confidence(row: Mapping[str, str]) -> float:
    return max(float(row["conf"]), 0) / 100
