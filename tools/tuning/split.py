"""Takes the test part out of a CSV file before any search, so that no search can read it.

Its rows are distributed like the whole: of every class, or along a numeric target, the same share.
Records are copied as they are."""

import csv
import hashlib
import math
import os

from . import TuningError


def records(text, path):
    """The records of a CSV file with their ends; a line break in quotes does not end one."""
    out, part, quotes = [], "", 0
    for line in text.split("\n"):
        part, quotes = part + line + "\n", quotes + line.count('"')
        if quotes % 2 == 0:
            if part.strip():
                out.append(part)
            part = ""
    if part:
        raise TuningError(f"{path}: a quote is never closed")
    if len(out) < 2:
        raise TuningError(f"{path}: has no rows")
    return out


def numbers(cells):
    """As numbers if all are, else None."""
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return None
    return values if all(math.isfinite(v) for v in values) else None


def draw(seed, row):
    return hashlib.sha256(f"{seed}/{row}".encode()).digest()


def test_rows(cells, share, seed):
    """Rows are put in the order of the target, numbers in tenths of their range of ranks, at random
    within a class or tenth; along that order each becomes one of the test whenever the share is due."""
    values = numbers(cells)
    if values is None or len(set(values)) <= 20:
        stratum = cells
    else:
        stratum = [0] * len(cells)
        for place, row in enumerate(sorted(range(len(cells)), key=lambda i: (values[i], i))):
            stratum[row] = place * 10 // len(cells)
    order = sorted(range(len(cells)), key=lambda i: (stratum[i], draw(seed, i)))
    return {row for place, row in enumerate(order)
            if math.floor((place + 1) * share + 0.5) > math.floor(place * share + 0.5)}


def split(path, target, share, seed, folder):
    """Writes search.csv and test.csv into the folder; returns how many rows each has."""
    if not 0 < share < 1:
        raise TuningError("--test: a share between 0 and 1")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = records(file.read(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise TuningError(f"{path}: {error}") from None
    names = next(csv.reader([header]))
    if target not in names:
        raise TuningError(f"{path}: there is no column '{target}'")
    cells = []
    for number, row in enumerate(rows, start=2):
        fields = next(csv.reader([row]))
        if len(fields) != len(names):
            raise TuningError(f"{path}: record {number} has {len(fields)} fields, the header {len(names)}")
        cells.append(fields[names.index(target)])
    test = test_rows(cells, share, seed)
    if not test or len(test) == len(rows):
        raise TuningError(f"{path}: {len(rows)} rows cannot be split")
    os.makedirs(folder, exist_ok=True)
    for name, inside in ("search.csv", False), ("test.csv", True):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(header)
            file.writelines(row for i, row in enumerate(rows) if (i in test) == inside)
    return len(rows) - len(test), len(test)
