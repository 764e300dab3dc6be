#!/usr/bin/env python3
"""Other tempo estimators on the tracks of `cargo bench --bench music`: python3 benches/tempo_peers.py FOLDER...

Runs those of librosa, aubio and Essentia that are installed (PyPI: librosa, aubio, essentia) and prints a row each:
tracks within 1 % and within 4 % (a quarter, half, twice and four times count as right), and times real time.
Each is given samples that ffmpeg has decoded at the rate it works at; decoding is not in its time.
"""
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy


def reference(folder):
    for name in ("REFERENCE.tsv", "truth.tsv"):
        if (folder / name).exists():
            rows = (folder / name).read_text().splitlines()[1:]
            return [(folder / row.split("\t")[0], float(row.split("\t")[1])) for row in rows if row]
    return []


def samples(path, rate):
    command = ["ffmpeg", "-loglevel", "error", "-i", path, "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]
    return numpy.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, numpy.float32)


def with_librosa():
    import librosa

    return 22050, lambda sound: float(numpy.atleast_1d(librosa.beat.beat_track(y=sound, sr=22050)[0])[0])


def with_aubio():
    import aubio

    def bpm(sound):
        tempo, beats = aubio.tempo("default", 1024, 512, 44100), []
        for start in range(0, len(sound) - 512, 512):
            if tempo(sound[start : start + 512]):
                beats.append(tempo.get_last_s())
        return 60.0 / numpy.median(numpy.diff(beats)) if len(beats) > 1 else 0.0

    return 44100, bpm


def with_essentia():
    import essentia
    import essentia.standard

    essentia.log.infoActive = essentia.log.warningActive = False
    return 44100, lambda sound: float(essentia.standard.PercivalBpmEstimator()(sound))


def error(found, bpm):
    if not found > 0:
        return math.inf
    octave = max(-2, min(2, round(math.log2(found / bpm))))
    return abs(found / 2**octave / bpm - 1)


tracks = [track for folder in sys.argv[1:] for track in reference(Path(folder))]
print("| estimator | tracks | within 1 % | within 4 % | x real time |")
print("|---|---|---|---|---|")
for name, make in (("librosa", with_librosa), ("aubio", with_aubio), ("Essentia, Percival", with_essentia)):
    try:
        rate, bpm_of = make()
    except ImportError as missing:
        print(f"skipped: {missing}")
        continue
    bpm_of(samples(tracks[0][0], rate))  # what is compiled at the first call
    errors, took, length = [], 0.0, 0.0
    for path, bpm in tracks:
        sound = samples(path, rate)
        began = time.process_time()
        found = bpm_of(sound)
        took += time.process_time() - began
        length += len(sound) / rate
        errors.append(error(found, bpm))
    within = [sum(error <= share for error in errors) for share in (0.01, 0.04)]
    print(f"| {name} | {len(tracks)} | {within[0]} | {within[1]} | {length / took:.0f} |", flush=True)
