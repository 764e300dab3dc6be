//! Damaged recordings: whatever bytes there are, reading ends, and says what it found.

use std::time::{Duration, Instant};

use cadence::review::{Rules, Run};
use cadence::watch;

use super::real;
use super::writer::{START, START_UNIX, fit, gpx, tcx};

/// A small generator of numbers that are the same at every run (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }

    /// A copy with one to eight bytes changed, or a piece left out, doubled, or cut off at the end.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut copy = bytes.to_vec();
        let at = self.roll(copy.len());
        let length = self.roll(64);
        match self.roll(8) {
            0 => copy.truncate(at),
            1 => drop(copy.drain(at..(at + length).min(bytes.len()))),
            2 => copy
                .splice(at..at, bytes[at..(at + length).min(bytes.len())].to_vec())
                .for_each(drop),
            _ => {
                for _ in 0..=self.roll(8) {
                    let at = self.roll(copy.len());
                    copy[at] = [
                        0,
                        0xff,
                        copy[at] ^ 1 << self.roll(8),
                        u8::try_from(self.roll(256)).unwrap(),
                    ][self.roll(4)];
                }
            }
        }
        copy
    }
}

/// Reads and judges, in the 2 s that nothing may exceed.
fn survive(bytes: &[u8]) {
    let begin = Instant::now();
    if let Ok(recording) = watch::read(bytes) {
        for session in &recording.sessions {
            if let Ok(run) = Run::from_session(session, &Rules::default()) {
                assert!(run.summary.running_s.is_finite());
                let _ = (run.paces(), run.drift(), run.device_pools());
            }
        }
    }
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?} for {} bytes",
        begin.elapsed(),
        bytes.len()
    );
}

/// How much of each real recording is damaged, in bytes. A release build takes all of it, as the
/// gate does; a debug build is ten times slower and takes the beginning and the end, which have
/// every kind of message.
const OF_EACH: usize = if cfg!(debug_assertions) {
    8_000
} else {
    usize::MAX
};

/// The most memory that this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

#[test]
fn ten_thousand_damaged_copies_do_no_harm() {
    let strides: Vec<u8> = (0..40).map(|second| 80 + second % 9).collect();
    let mut seeds = vec![
        fit(START, &strides),
        tcx(START_UNIX, &strides).into_bytes(),
        gpx(START_UNIX, &strides).into_bytes(),
    ];
    seeds.extend(real::ends(OF_EACH));
    let mut dice = Dice(0x5eed);
    for round in 0..10_000 {
        let seed = &seeds[round % seeds.len()];
        survive(&dice.damage(seed));
    }
    // The recordings themselves are some megabytes, and each copy is dropped before the next.
    #[cfg(target_os = "linux")]
    assert!(peak() < 64 << 20, "{} bytes", peak());
}

#[test]
fn each_cut_of_a_file_is_survived() {
    for bytes in [
        fit(START, &[80; 10]),
        tcx(START_UNIX, &[80; 3]).into_bytes(),
        gpx(START_UNIX, &[80; 3]).into_bytes(),
    ] {
        for length in 0..bytes.len() {
            survive(&bytes[..length]);
        }
    }
}
