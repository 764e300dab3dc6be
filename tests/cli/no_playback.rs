//! `play` and `devices` in a build without playback.

use super::harness::cadence;

const TOLD: &str = "error: built without playback: build it with its default features; \
                    `cadence render` writes the click to a file instead\n";

#[test]
fn play_and_devices_say_how_to_get_them() {
    cadence(&["play", "168"]).stderr(TOLD).status(3).check();
    cadence(&["devices"]).stderr(TOLD).status(3).check();
}

#[test]
fn a_mistake_in_the_options_is_told_first() {
    cadence(&["play", "19"])
        .stderr("error: a tempo of 19 BPM is out of range: 20 to 400 BPM\n  19\n  ^^\n")
        .status(2)
        .check();
}
