"""Reads a recording of the Node host; its format is in ../node/recording/FORMAT.md."""

import gzip
import json
import re
import zlib

FORMAT = 1


class RecordingError(Exception):
    """What is wrong with a recording as a whole."""


def read(folder, complain):
    """Yields the ticks of the recording in `folder` that wrote a plan; `complain` hears of lines that cannot be read."""
    if not folder.is_dir():
        raise RecordingError(f"{folder} is no folder")
    files = [file for file in folder.iterdir() if re.fullmatch(r"\d{6,12}\.jsonl\.gz", file.name)]
    if not files:
        raise RecordingError(f"there is no recording in {folder}: it has no files like 000001.jsonl.gz")
    written = 0
    for file in sorted(files, key=lambda file: int(file.name.split(".")[0])):
        for tick in lines(file, complain):
            # Another host wrote its plan first, nobody knows whether it was written, or it was refused.
            if (tick.get("claim") or {}).get("won"):
                written += 1
                yield tick
    if not written:
        raise RecordingError(f"no tick of the recording in {folder} wrote a plan")


def lines(file, complain):
    number = 0
    try:
        with gzip.open(file) as texts:
            for number, text in enumerate(texts, 1):
                tick = line(text)
                if tick is None:
                    complain(f"{file.name}: line {number} is damaged, and left out")
                elif tick["recording"] != FORMAT:
                    raise RecordingError(f"{file.name} is of format {tick['recording']}, and this reads format {FORMAT}")
                else:
                    yield tick
    except EOFError:
        complain(f"{file.name}: line {number + 1} is cut off, as a host that was killed leaves it")
    except (zlib.error, gzip.BadGzipFile):
        complain(f"{file.name}: damaged from line {number + 1} on, and the rest of it left out")


def line(text):
    """Returns the object that a line holds; None where it holds none."""
    try:
        tick = json.loads(text)
    except ValueError:
        return None
    if not isinstance(tick, dict) or not isinstance(tick.get("recording"), int):
        return None
    return tick if tick["recording"] != FORMAT or isinstance(tick.get("snapshot"), str) else None
