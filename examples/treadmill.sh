#!/bin/sh
# On a treadmill with a Bluetooth foot pod: the click is heard only when it is needed, and the run is reviewed.
#
# usage: treadmill.sh SPM [ADDRESS]    needs Python with bleak (PyPI)
set -eu
target=$1
pod=${2-}
log=$(date +run-%Y-%m-%d-%H%M.csv)

# Ctrl-C ends the run, but not this script.
trap : INT
python3 "$(dirname "$0")/footpod.py" ${pod:+"$pod"} | cadence play "$target" --follow - --log "$log" || true
cadence review "$log" --cadence "$target" --raise 0
