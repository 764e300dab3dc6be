#!/bin/sh
# Files for a phone: click tracks at raises of 2 to 10 % in steps of 2 %, and a playlist.
#
#   ./steps.sh 40 20m FOLDER
set -eu

count=${1:?"usage: steps.sh COUNT TIME FOLDER"}
time=${2:?"usage: steps.sh COUNT TIME FOLDER"}
folder=${3:?"usage: steps.sh COUNT TIME FOLDER"}

mkdir -p "$folder"
: > "$folder/steps.m3u"
for raise in 2 4 6 8 10; do
    tempo=$(cadence calc "$count" --raise "$raise" --print target-low)
    cadence render "$tempo" --for "$time" -o "$folder/$tempo.wav"
    echo "$tempo.wav" >> "$folder/steps.m3u"
done
