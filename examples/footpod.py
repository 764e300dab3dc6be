#!/usr/bin/env python3
"""Prints the cadence of a Bluetooth running sensor, a number a line, for `cadence play --follow -`.

usage: footpod.py [ADDRESS]    needs bleak (PyPI)
Sensors disagree on steps or strides, so a number has no unit: `cadence` finds out which it is.
"""

import asyncio
import sys

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

# Running Speed and Cadence, and its measurement: flags, speed (2 bytes), cadence, and more.
SERVICE = "00001814-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a53-0000-1000-8000-00805f9b34fb"


def say(text):
    print(text, file=sys.stderr, flush=True)


async def find(address):
    def fits(device, advertised):
        if address:
            return device.address.lower() == address.lower()
        return SERVICE in advertised.service_uuids

    return await BleakScanner.find_device_by_filter(fits, timeout=30)


async def follow(device):
    lost = asyncio.Event()

    def on_measurement(_, data):
        if len(data) >= 4:
            print(data[3], flush=True)

    async with BleakClient(device, disconnected_callback=lambda _: lost.set()) as client:
        await client.start_notify(MEASUREMENT, on_measurement)
        say(f"following {device.name or device.address}")
        await lost.wait()


async def main():
    address = sys.argv[1] if len(sys.argv) > 1 else None
    while True:
        try:
            if device := await find(address):
                await follow(device)
            say("no running sensor: trying again")
        except (BleakError, TimeoutError) as error:
            say(f"{error}: trying again")
        await asyncio.sleep(1)


try:
    asyncio.run(main())
except (KeyboardInterrupt, BrokenPipeError):
    pass
