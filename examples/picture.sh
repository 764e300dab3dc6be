#!/bin/sh
# Draw what `cadence` prints as an SVG picture of a terminal. The README's picture is made by
#
#   PATH="$PWD/target/release:$PATH" sh examples/picture.sh > examples/picture.svg
set -eu

# Each command with a prompt before it, as in a terminal.
session() {
    for command in \
        "cadence calc 40" \
        "cadence show --cadence 160 '5m rest, 5m base..+5%, 20m +5% cue 1m/1m, 5m rest'"; do
        printf '$ %s\n' "$command"
        LC_ALL=C.UTF-8 sh -c "$command"
        printf '\n'
    done
}

session | awk '
{ gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); lines[NR] = $0 }
END {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"740\" height=\"%d\" role=\"img\">\n", 16 * NR + 16
    print "<title>cadence in a terminal: a count becomes a target, and a workout its timeline</title>"
    print "<style>text { font: 14px/16px \"DejaVu Sans Mono\", Menlo, Consolas, monospace; fill: #d8dee9 }"
    print ".typed { fill: #a3e0a3 }</style>"
    print "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e2430\"/>"
    for (n = 1; n < NR; n++) {
        class = lines[n] ~ /^\$ / ? " class=\"typed\"" : ""
        printf "<text x=\"16\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n", 12 + 16 * n, class, lines[n]
    }
    print "</svg>"
}'
