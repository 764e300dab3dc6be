#!/usr/bin/env python3
"""What `cadence review FOLDER` takes: time, both cores, and memory at the peak, by the number of runs.

    python3 benches/folder.py target/release/cadence [NUMBER ...]

Writes runs of an hour, one a day and one record a second, as a watch does in FIT: time, cadence and speed. No two are
alike. Each number of them is reviewed three times; the fastest counts, and the highest peak. Needs GNU time.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile

HOUR = 3_600
DAY = 24 * HOUR
FIRST = 315_619_200  # 2000-01-01, 08:00 UTC, in seconds of the FIT clock


def definition(local, message, fields):
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    return head + b"".join(struct.pack("BBB", *field) for field in fields)


RECORD = definition(0, 20, [(253, 4, 0x86), (4, 1, 2), (6, 2, 0x84)])
SESSION = definition(1, 18, [(253, 4, 0x86), (2, 4, 0x86), (5, 1, 0)])
ACTIVITY = definition(2, 34, [(253, 4, 0x86), (5, 4, 0x86)])


def run(number):
    """A run as a FIT file: cadence and speed wander, a step every ten seconds. Its checksum is zero: none."""
    chance = random.Random(number)
    start = FIRST + number * DAY
    usual, stride = 2_500 + chance.randrange(800), 82
    drift = 0
    strides, speeds = bytearray(), bytearray()
    for _ in range(HOUR // 10):
        stride = min(max(stride + chance.randrange(-1, 2), 78), 90)
        drift = min(max(drift + chance.randrange(-60, 61), -250), 250)
        strides += bytes([stride]) * 10
        speeds += struct.pack("<H", usual + drift) * 10
    times = range(start, start + HOUR)
    records = bytearray(8 * HOUR)
    for byte in range(4):
        records[1 + byte :: 8] = bytes(time >> 8 * byte & 0xFF for time in times)
    records[5::8] = strides
    for byte in range(2):
        records[6 + byte :: 8] = speeds[byte::2]
    end = start + HOUR
    session = struct.pack("<BIIB", 1, end, start, 1)
    activity = struct.pack("<BII", 2, end, end + HOUR)
    data = b"".join([RECORD, records, SESSION, session, ACTIVITY, activity])
    return struct.pack("<BBHI4sH", 14, 0x10, 0, len(data), b".FIT", 0) + data + bytes(2)


def write(folder, first, last):
    for number in range(first, last):
        with open(os.path.join(folder, f"{number:05}.fit"), "wb") as file:
            file.write(run(number))


def review(program, folder):
    """Seconds of the clock, of both cores together, and bytes at the peak."""
    # Not by os.wait4: there the peak of this process counts as the child's.
    command = ["/usr/bin/time", "-f", "%e %U %S %M", program, "review", folder]
    measured = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    seconds, user, system, kilobytes = map(float, measured.stderr.split()[-4:])
    return seconds, user + system, kilobytes * 1024


def main():
    program, *numbers = sys.argv[1:]
    numbers = sorted(map(int, numbers)) or [1_000, 4_000, 10_000]
    print("runs   seconds  CPU seconds  ms a run  cores  MB at the peak")
    with tempfile.TemporaryDirectory() as folder:
        written = 0
        for number in numbers:
            write(folder, written, number)
            written = number
            outcomes = [review(program, folder) for _ in range(3)]
            seconds, cpu, _ = min(outcomes)
            peak = max(peak for _, _, peak in outcomes)
            print(f"{number:<6} {seconds:7.2f} {cpu:12.2f} {seconds / number * 1000:9.3f} {cpu / seconds:6.2f} {peak / 1e6:9.1f}")


if __name__ == "__main__":
    main()
