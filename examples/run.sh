#!/bin/sh
# From the count to the run: prints the target, then plays it. Without a sound device, writes the
# click to a file instead.
#
#   ./run.sh 40        40 steps of one foot in 30 s, then 30 minutes
#   ./run.sh 40 10m    10 minutes
set -u

count=${1:?"usage: run.sh COUNT [TIME]"}
time=${2:-30m}

cadence calc "$count" || exit
tempo=$(cadence calc "$count" --print target-low 2>/dev/null) || exit

cadence play "$tempo" --for "$time" --lead-in 5s 2>/dev/null
status=$?
if [ "$status" -eq 3 ]; then
    echo "no sound device: writing click-$tempo.wav"
    cadence render "$tempo" --for "$time" --lead-in 5s -o "click-$tempo.wav"
    status=$?
fi
exit "$status"
