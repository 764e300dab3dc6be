//! The sound's lateness on the old grid, by the wall clock, and the verdict that corrects it.
//!
//! A device says with each request when the frame that comes next will be heard. The difference
//! between that and where the frame belongs, counted from the first frame on, is the lateness. A
//! healthy stream keeps it, but for the drift of the device's clock, some seconds a day. A fault
//! inserts frames, or begins a new stream with another latency: then the lateness jumps, and the
//! beats have to go back to where they were.

use std::collections::VecDeque;
use std::time::Duration;

/// After its start or a fault a stream does not say reliably when a frame is heard. The project's
/// own choice: with the measurements after it, and the ring of 400 ms, beats are back within 2 s.
const SETTLE: Duration = Duration::from_millis(250);

/// Measurements that are taken together. The least of them counts: what holds one up, such as a
/// busy machine, makes it larger.
const MEASUREMENTS: usize = 3;

/// The smallest lateness worth a correction: a tenth of what a foot notices.
const LEAST_S: f64 = 0.001;

/// A jump this large, seen by several measurements in a row, means frames that were inserted
/// without a report. Healthy streams were seen to differ by up to 6 ms.
const JUMP_S: f64 = 0.015;

/// The same for an output that says to a fraction of a millisecond when a frame is heard.
const EXACT_JUMP_S: f64 = 0.003;

/// The weight of the newest measurement in the drift; they come several times a second, and differ
/// by some milliseconds. The project's own choice.
const DRIFT_WEIGHT: f64 = 0.05;

/// The result of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing is to be done.
    Healthy,
    /// The sound is this late, in seconds, or early where negative, and frames were inserted.
    Off { late_s: f64, inserted: bool },
    /// The device counts otherwise from here on, by this many seconds; the sound has not moved.
    Shifted { by_s: f64 },
}

/// How far an output is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only outputs of Linux say more than roughly")
)]
pub(super) enum Trust {
    /// What it says differs by some milliseconds, and a fault shows only there.
    Rough,
    /// It reports every fault. Then a jump without one is its way of counting: `PipeWire` leaves
    /// out the block that it is playing, and a new client changes its length.
    Reports,
    /// It reports little, but says exactly when a frame is heard: a jump is the sound's.
    Exact,
}

/// How late the sound is, over one stream.
#[derive(Clone, Debug)]
pub(super) struct Lateness {
    /// Where it is when the stream is healthy; `None` before that is known.
    usual_s: Option<f64>,
    trust: Trust,
    recent: VecDeque<f64>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// After the start or a fault.
    Settling {
        /// When it began, in seconds of the feed's own clock.
        since_s: f64,
        measured: Vec<f64>,
        /// Whether what is measured becomes the usual, and nothing is corrected.
        is_new: bool,
        /// Whether the stream is the one from before the fault.
        is_same_stream: bool,
        /// Whether a correction is being checked: a server that catches up misjudges its delay.
        is_check: bool,
    },
    Healthy {
        /// Measurements in a row that are off.
        off: Vec<f64>,
    },
}

impl Lateness {
    /// Of a stream that begins. `usual_s` is that of the stream before it.
    pub(super) fn new(usual_s: Option<f64>, trust: Trust, now_s: f64) -> Self {
        Self {
            usual_s,
            trust,
            recent: VecDeque::new(),
            state: State::Settling {
                since_s: now_s,
                measured: Vec::new(),
                is_new: usual_s.is_none(),
                is_same_stream: false,
                is_check: false,
            },
        }
    }

    /// What is usual; `None` before the first stream has settled.
    pub(super) fn usual_s(&self) -> Option<f64> {
        self.usual_s
    }

    /// Whether no fault is being waited out.
    pub(super) fn has_settled(&self) -> bool {
        matches!(self.state, State::Healthy { .. })
    }

    /// A fault was noticed.
    pub(super) fn fault(&mut self, now_s: f64) {
        let is_new = self.usual_s.is_none();
        self.settle(now_s, is_new);
    }

    /// A time was left out on purpose: what is measured from here on is right.
    pub(super) fn begin_anew(&mut self, now_s: f64) {
        self.settle(now_s, true);
    }

    fn settle(&mut self, now_s: f64, is_new: bool) {
        let was_new = matches!(self.state, State::Settling { is_new: true, .. });
        let same = !matches!(
            self.state,
            State::Settling {
                is_same_stream: false,
                ..
            }
        );
        self.state = State::Settling {
            since_s: now_s,
            measured: Vec::new(),
            is_new: is_new || was_new,
            is_same_stream: same,
            is_check: false,
        };
    }

    /// Takes a measurement.
    pub(super) fn measure(&mut self, now_s: f64, late_s: f64) -> Verdict {
        match &mut self.state {
            State::Settling {
                since_s,
                measured,
                is_new,
                is_same_stream,
                is_check,
            } => {
                if now_s - *since_s < SETTLE.as_secs_f64() {
                    return Verdict::Healthy;
                }
                measured.push(late_s);
                if measured.len() < MEASUREMENTS {
                    return Verdict::Healthy;
                }
                let found = least(measured);
                let (is_new, inserted, is_check) = (*is_new, *is_same_stream, *is_check);
                self.state = State::Healthy { off: Vec::new() };
                match self.usual_s {
                    Some(usual) if !is_new => {
                        let late_s = found - usual;
                        let inserted = inserted && late_s > JUMP_S;
                        if late_s.abs() < LEAST_S {
                            return Verdict::Healthy;
                        }
                        if !is_check {
                            self.state = State::Settling {
                                since_s: now_s,
                                measured: Vec::new(),
                                is_new: false,
                                is_same_stream: false,
                                is_check: true,
                            };
                        }
                        Verdict::Off { late_s, inserted }
                    }
                    _ => {
                        self.usual_s = Some(found);
                        Verdict::Healthy
                    }
                }
            }
            State::Healthy { off } => {
                let usual = *self.usual_s.get_or_insert(late_s);
                let jump_s = match self.trust {
                    Trust::Rough | Trust::Reports => JUMP_S,
                    Trust::Exact => EXACT_JUMP_S,
                };
                if (late_s - usual).abs() < jump_s {
                    off.clear();
                    self.recent.push_back(late_s);
                    if self.recent.len() > MEASUREMENTS {
                        self.recent.pop_front();
                        let found = least(self.recent.make_contiguous());
                        self.usual_s = Some(usual + (found - usual) * DRIFT_WEIGHT);
                    }
                    return Verdict::Healthy;
                }
                off.push(late_s);
                if off.len() < MEASUREMENTS {
                    return Verdict::Healthy;
                }
                let found = least(off);
                off.clear();
                self.recent.clear();
                let by_s = found - usual;
                if by_s.abs() < jump_s {
                    return Verdict::Healthy;
                }
                match self.trust {
                    Trust::Reports => {
                        self.usual_s = Some(found);
                        Verdict::Shifted { by_s }
                    }
                    Trust::Rough if by_s < 0.0 => {
                        // Ahead of time without a fault: a device that takes what it gets, such as
                        // a file. Nothing is corrected.
                        self.usual_s = Some(found);
                        Verdict::Healthy
                    }
                    Trust::Rough | Trust::Exact => Verdict::Off {
                        late_s: by_s,
                        inserted: by_s > JUMP_S,
                    },
                }
            }
        }
    }
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measurements every 200 ms from a time on.
    fn measured(lateness: &mut Lateness, from_s: f64, late_s: &[f64]) -> Vec<Verdict> {
        let times = (0..).map(|n: u32| from_s + 0.2 * f64::from(n));
        let each = times.zip(late_s);
        each.map(|(now_s, late_s)| lateness.measure(now_s, *late_s))
            .collect()
    }

    fn off(late_s: f64, inserted: bool) -> Verdict {
        Verdict::Off { late_s, inserted }
    }

    /// A stream that has settled at 30 ms.
    fn healthy() -> Lateness {
        let mut lateness = Lateness::new(None, Trust::Rough, 0.0);
        let verdicts = measured(&mut lateness, 0.0, &[0.0, 0.5, 0.031, 0.030, 0.032]);
        assert_eq!(verdicts, [Verdict::Healthy; 5]);
        assert_eq!(lateness.usual_s(), Some(0.030));
        lateness
    }

    #[test]
    fn a_healthy_stream_is_never_corrected() {
        let mut lateness = healthy();
        for n in 0..10_000_u32 {
            // 6 ms of noise on 50 ppm of drift.
            let noise = [0.006, 0.0, 0.001, 0.003][n as usize % 4];
            let now_s = 2.0 + 0.2 * f64::from(n);
            let verdict = lateness.measure(now_s, 0.030 + now_s * 50e-6 + noise);
            assert_eq!(verdict, Verdict::Healthy);
        }
        let drifted = 0.030 + 2_002.0 * 50e-6;
        assert!((lateness.usual_s().unwrap() - drifted).abs() < 0.002);
    }

    #[test]
    fn one_late_measurement_is_no_fault_and_three_are() {
        let mut lateness = healthy();
        let verdicts = measured(&mut lateness, 2.0, &[0.2, 0.2, 0.030, 0.2, 0.2, 0.030]);
        assert_eq!(verdicts, [Verdict::Healthy; 6]);
        let verdicts = measured(&mut lateness, 4.0, &[0.101, 0.103, 0.101]);
        let Verdict::Off { late_s, inserted } = verdicts[2] else {
            panic!("{verdicts:?}");
        };
        assert!(inserted && (late_s - 0.071).abs() < 1e-3, "{late_s}");
    }

    #[test]
    fn after_a_fault_it_is_put_back_either_way_within_a_second() {
        for (late, inserted) in [(0.146, true), (0.010, false), (0.034, false)] {
            let mut lateness = healthy();
            lateness.fault(10.0);
            let verdicts = measured(&mut lateness, 10.0, &[0.9, 0.9, late, late, late]);
            assert_eq!(verdicts[..4], [Verdict::Healthy; 4]);
            assert_eq!(verdicts[4], off(late - 0.030, inserted));
            let verdicts = measured(&mut lateness, 11.0, &[0.030; 4]);
            assert_eq!(verdicts, [Verdict::Healthy; 4]);
        }
    }

    #[test]
    fn a_jump_that_an_output_does_not_report_is_its_way_of_counting() {
        let mut lateness = Lateness {
            trust: Trust::Reports,
            ..healthy()
        };
        let verdicts = measured(&mut lateness, 2.0, &[0.101, 0.103, 0.101]);
        let Verdict::Shifted { by_s } = verdicts[2] else {
            panic!("{verdicts:?}");
        };
        assert!((by_s - 0.071).abs() < 1e-3, "{by_s}");
        lateness.fault(10.0);
        let verdicts = measured(&mut lateness, 10.3, &[0.151, 0.151, 0.151]);
        assert_eq!(verdicts[2], off(0.151 - 0.101, true));
    }

    #[test]
    fn the_sound_of_an_exact_output_is_put_back_after_a_small_jump_without_a_fault() {
        for (by, inserted) in [
            (-0.0055, false),
            (0.004, false),
            (-0.020, false),
            (0.020, true),
        ] {
            let mut lateness = Lateness {
                trust: Trust::Exact,
                ..healthy()
            };
            let verdicts = measured(&mut lateness, 2.0, &[0.030 + by; 3]);
            assert_eq!(verdicts[..2], [Verdict::Healthy; 2]);
            let Verdict::Off {
                late_s,
                inserted: was,
            } = verdicts[2]
            else {
                panic!("{verdicts:?}");
            };
            assert!(was == inserted && (late_s - by).abs() < 1e-6, "{late_s}");
            let verdicts = measured(&mut lateness, 2.6, &[0.030; 3]);
            assert_eq!(verdicts, [Verdict::Healthy; 3]);
        }
    }

    #[test]
    fn a_new_stream_is_put_on_the_grid_of_the_old_one() {
        let mut lateness = Lateness::new(Some(0.030), Trust::Rough, 20.0);
        let verdicts = measured(&mut lateness, 20.0, &[0.0, 0.0, 0.066, 0.066, 0.066]);
        assert_eq!(verdicts[4], off(0.066 - 0.030, false));
    }

    #[test]
    fn a_device_that_runs_ahead_is_never_corrected() {
        let mut lateness = healthy();
        for n in 0..100_u32 {
            let ahead = -f64::from(n);
            assert_eq!(
                lateness.measure(2.0 + f64::from(n), ahead),
                Verdict::Healthy
            );
        }
    }

    #[test]
    fn a_time_that_is_left_out_on_purpose_is_not_made_good() {
        let mut lateness = healthy();
        lateness.begin_anew(10.0);
        // The device says that it ran out of frames as well.
        lateness.fault(10.1);
        let verdicts = measured(&mut lateness, 10.4, &[0.4; 4]);
        assert_eq!(verdicts, [Verdict::Healthy; 4]);
        assert_eq!(lateness.usual_s(), Some(0.4));
    }
}
