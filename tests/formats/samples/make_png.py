"""Writes images/*.png: every colour type and depth, from the specification, without an image library."""

import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(values, depth):
    """A row of samples of `depth` bits."""
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in values)
    bits = "".join(format(v, f"0{depth}b") for v in values)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def write(name, colour, depth, rows, channels, extra=b"", interlaced=False):
    """rows[y][x * channels + c]"""
    height, width = len(rows), len(rows[0]) // channels
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    passes = [(0, 0, 1, 1)]
    if interlaced:  # Adam7
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x0, y0, dx, dy in passes:
        for y in range(y0, height, dy):
            row = [v for x in range(x0, width, dx) for v in rows[y][x * channels : (x + 1) * channels]]
            if row:
                data += b"\0" + pack(row, depth)  # no filter
    with open(f"images/{name}.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra)
        file.write(chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


def ramp(channels, top, width=3, height=2):
    n = width * height * channels
    values = [i * top // (n - 1) for i in range(n)]
    return [values[y * width * channels : (y + 1) * width * channels] for y in range(height)]


for depth in [1, 2, 4, 8, 16]:
    write(f"grey_{depth}", 0, depth, ramp(1, 2**depth - 1), 1)
for depth in [8, 16]:
    write(f"grey_alpha_{depth}", 4, depth, ramp(2, 2**depth - 1), 2)
    write(f"rgb_{depth}", 2, depth, ramp(3, 2**depth - 1), 3)
    write(f"rgba_{depth}", 6, depth, ramp(4, 2**depth - 1), 4)
palette = chunk(b"PLTE", bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 10, 20, 30]))
write("palette_2", 3, 2, ramp(1, 3), 1, palette)
write("palette_alpha_8", 3, 8, ramp(1, 3), 1, palette + chunk(b"tRNS", bytes([0, 128])))
write("transparent_rgb", 2, 8, ramp(3, 255), 3, chunk(b"tRNS", struct.pack(">HHH", 0, 15, 30)))
write("gamma", 0, 8, ramp(1, 255), 1, chunk(b"gAMA", struct.pack(">I", 100000)))
write("interlaced", 2, 8, ramp(3, 255, 9, 10), 3, interlaced=True)
