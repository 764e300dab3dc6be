"""Prints the steps of FIT workout files as two independent readers see them.

usage: read_workouts.py FOLDER    needs garmin-fit-sdk and fitdecode (PyPI)
"""

import pathlib
import sys

import fitdecode
from garmin_fit_sdk import Decoder, Stream


def line(step):
    """One step: its index, what it is, and its numbers."""
    index, kind = step["message_index"], step["duration_type"]
    if kind == "repeat_until_steps_cmplt":
        return f"{index} repeat {step['duration_step']} {step['repeat_steps']}"
    length = "open" if kind == "open" else round(step["duration_time"] * 1000)
    if step["target_type"] == "cadence":
        assert step["target_cadence_zone"] == 0, step
        assert step["intensity"] == "active", step
        low, high = step["custom_target_cadence_low"], step["custom_target_cadence_high"]
        return f"{index} run {length} {low} {high}"
    assert step["target_type"] == "open", step
    return f"{index} {'rest' if step['intensity'] == 'recovery' else 'free'} {length}"


def by_garmin(path):
    stream = Stream.from_byte_array(path.read_bytes())
    assert Decoder(stream).check_integrity(), path
    stream.reset()
    messages, errors = Decoder(stream).read()
    assert not errors, (path, errors)
    (file_id,) = messages["file_id_mesgs"]
    (workout,) = messages["workout_mesgs"]
    return file_id, workout, messages["workout_step_mesgs"]


def by_fitdecode(path):
    found = {}
    with fitdecode.FitReader(
        path, check_crc=fitdecode.CrcCheck.RAISE, error_handling=fitdecode.ErrorHandling.RAISE
    ) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                values = {field.name: field.value for field in frame.fields}
                found.setdefault(frame.name, []).append(values)
    (file_id,) = found["file_id"]
    (workout,) = found["workout"]
    return file_id, workout, found["workout_step"]


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.fit")):
    for reader in by_garmin, by_fitdecode:
        file_id, workout, steps = reader(path)
        assert file_id["type"] == "workout" and file_id["serial_number"], file_id
        assert workout["sport"] == "running", workout
        assert workout["num_valid_steps"] == len(steps), workout
        print(f"{path.stem} {reader.__name__} {workout['wkt_name']}")
        for step in steps:
            print(line(step))
