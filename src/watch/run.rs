//! The one place that turns a recording into cadence.
//!
//! The rules are those that were measured on some 270 real recordings: what the values count is decided once a session, not
//! sample by sample (half of a run-walk's samples look like strides and are); values are weighted by time, gaps capped; zero,
//! walking and running are told apart, and the headline is the running median.

use crate::cadence::{Cadence, one_decimal};

use super::factor::Factor;
use super::recording::{Counts, Moment, Reading, Sample, Session, Sport, Timer};

/// The longest time that one value is taken to hold. Watches that save space write one every few seconds; a longer gap
/// is one in the recording.
const MAX_GAP_S: f64 = 15.0;

/// The shortest running time that a drift is told of, in seconds. The project's own bound.
const MIN_DRIFT_S: f64 = 600.0;

/// What the runner may decide otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// What the recording's cadence counts; `None` finds out.
    pub counts: Option<Counts>,
    /// Where walking ends and running begins.
    pub split: Cadence,
}

impl Default for Rules {
    /// Finds out what is counted, and splits at [`Cadence::WALK_TO_RUN`].
    fn default() -> Self {
        Self {
            counts: None,
            split: Cadence::WALK_TO_RUN,
        }
    }
}

/// Where the cadence of a session was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// In the records' own field.
    Records,
    /// In the records, in a field that an app or a foot pod brought along.
    DeveloperField,
    /// In the laps only: their averages, which are whole numbers and pool what was done in them.
    Laps,
}

impl Basis {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::DeveloperField => "developer_field",
            Self::Laps => "laps",
        }
    }
}

/// Why a session is no run, or none that a cadence can be had of.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoRun {
    /// Nothing was recorded.
    #[error("the recording is empty")]
    Empty,
    /// No cadence, neither in the records nor in the laps.
    #[error("the recording has no cadence: the watch needs a foot pod, or to measure at the wrist")]
    NoCadence,
    /// Another sport.
    #[error("this is {}, not a run: it has no running cadence", .0.name())]
    NotOnFoot(Sport),
    /// The sport is not known, and the speed is a ride's.
    #[error(
        "the sport is not known and {} m/s is fast for a run: say what the cadence counts if it is one",
        one_decimal(*.0)
    )]
    TooFast(f64),
    /// The sport is not known, nor is the speed.
    #[error("neither the sport nor the speed is known: say what the cadence counts if it is a run")]
    UnknownSport,
}

/// A stretch of time with one cadence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    start: Moment,
    seconds: f32,
    spm: Option<f32>,
    speed: Option<f32>,
}

impl Stretch {
    /// So many seconds with one cadence and speed, as far as they are known.
    #[must_use]
    pub fn new(start: Moment, seconds: f64, spm: Option<f64>, speed_mps: Option<f64>) -> Self {
        Self {
            start,
            seconds: seconds as f32,
            spm: spm.map(|spm| spm as f32),
            speed: speed_mps.map(|mps| mps as f32),
        }
    }

    /// When it begins.
    #[must_use]
    pub fn start(&self) -> Moment {
        self.start
    }

    /// How long it is taken to last.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        f64::from(self.seconds)
    }

    /// The cadence in steps a minute; zero is standing, `None` unknown.
    #[must_use]
    pub fn spm(&self) -> Option<f64> {
        self.spm.map(f64::from)
    }

    /// Metres a second.
    #[must_use]
    pub fn speed_mps(&self) -> Option<f64> {
        self.speed.map(f64::from)
    }
}

/// How a runner moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gait {
    /// Cadence zero.
    Standing,
    /// Below the split.
    Walking,
    /// From the split on.
    Running,
}

impl Gait {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Walking => "walking",
            Self::Running => "running",
        }
    }

    /// The gait that a cadence is.
    #[must_use]
    pub fn of(spm: f64, split: Cadence) -> Self {
        if spm <= 0.0 {
            Self::Standing
        } else if spm < split.spm() {
            Self::Walking
        } else {
            Self::Running
        }
    }
}

/// Time and cadence over some stretches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    running_s: f64,
    walking_s: f64,
    standing_s: f64,
    unknown_s: f64,
    median: Option<f64>,
    mean: Option<f64>,
    deviation: Option<f64>,
    middle_80: Option<(f64, f64)>,
    mean_moving: Option<f64>,
    mean_with_zeros: Option<f64>,
    running_speed: Option<f64>,
}

impl Summary {
    /// Sums up, all weighted by time.
    #[must_use]
    pub fn of(stretches: &[Stretch], split: Cadence) -> Self {
        let mut summary = Self::default();
        let mut running = Vec::new();
        let (mut walked, mut metres, mut metres_s) = (0.0, 0.0, 0.0);
        for stretch in stretches {
            let seconds = stretch.seconds();
            let Some(spm) = stretch.spm() else {
                summary.unknown_s += seconds;
                continue;
            };
            match Gait::of(spm, split) {
                Gait::Standing => summary.standing_s += seconds,
                Gait::Walking => {
                    summary.walking_s += seconds;
                    walked += spm * seconds;
                }
                Gait::Running => {
                    summary.running_s += seconds;
                    running.push((spm, seconds));
                    if let Some(speed) = stretch.speed_mps() {
                        metres += speed * seconds;
                        metres_s += seconds;
                    }
                }
            }
        }
        let ran: f64 = running.iter().map(|(spm, seconds)| spm * seconds).sum();
        let moving_s = summary.running_s + summary.walking_s;
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        summary.mean = ratio(ran, summary.running_s);
        summary.mean_moving = ratio(ran + walked, moving_s);
        summary.mean_with_zeros = ratio(ran + walked, moving_s + summary.standing_s);
        summary.running_speed = ratio(metres, metres_s);
        summary.deviation = summary.mean.map(|mean| {
            let squares = running
                .iter()
                .map(|(spm, seconds)| (spm - mean).powi(2) * seconds);
            (squares.sum::<f64>() / summary.running_s).sqrt()
        });
        running.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let quantile = |part: f64| quantile(&running, part * summary.running_s);
        summary.median = quantile(0.5);
        summary.middle_80 = quantile(0.1).zip(quantile(0.9));
        summary
    }

    /// Seconds of running.
    #[must_use]
    pub fn running_s(&self) -> f64 {
        self.running_s
    }

    /// Seconds of walking.
    #[must_use]
    pub fn walking_s(&self) -> f64 {
        self.walking_s
    }

    /// Seconds of standing.
    #[must_use]
    pub fn standing_s(&self) -> f64 {
        self.standing_s
    }

    /// Seconds without a value.
    #[must_use]
    pub fn unknown_s(&self) -> f64 {
        self.unknown_s
    }

    /// The cadence that half of the running time was below, in steps a minute.
    #[must_use]
    pub fn median_spm(&self) -> Option<f64> {
        self.median
    }

    /// The mean cadence of running.
    #[must_use]
    pub fn mean_spm(&self) -> Option<f64> {
        self.mean
    }

    /// The standard deviation of the running cadence.
    #[must_use]
    pub fn deviation_spm(&self) -> Option<f64> {
        self.deviation
    }

    /// The cadences that a tenth of the running time lies below, and above.
    #[must_use]
    pub fn middle_80_spm(&self) -> Option<(f64, f64)> {
        self.middle_80
    }

    /// The mean cadence of walking and running together.
    #[must_use]
    pub fn mean_moving_spm(&self) -> Option<f64> {
        self.mean_moving
    }

    /// The mean over everything, standing counted as zero.
    #[must_use]
    pub fn mean_with_zeros_spm(&self) -> Option<f64> {
        self.mean_with_zeros
    }

    /// The mean speed of running, in metres a second.
    #[must_use]
    pub fn running_speed_mps(&self) -> Option<f64> {
        self.running_speed
    }
}

/// The value below which lie so many seconds of `sorted` values and seconds.
fn quantile(sorted: &[(f64, f64)], seconds: f64) -> Option<f64> {
    let mut before = 0.0;
    for (value, weight) in sorted {
        before += weight;
        if before >= seconds {
            return Some(*value);
        }
    }
    sorted.last().map(|(value, _)| *value)
}

/// The records of a session, counted before anything was dropped, merged or weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Records {
    total: usize,
    with_cadence: usize,
    invalid: usize,
    zero: usize,
    mean: Option<f64>,
}

impl Records {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// Those with a valid cadence, zero included.
    #[must_use]
    pub fn with_cadence(&self) -> usize {
        self.with_cadence
    }

    /// Those whose cadence is no value.
    #[must_use]
    pub fn invalid(&self) -> usize {
        self.invalid
    }

    /// Those whose cadence is zero.
    #[must_use]
    pub fn zero(&self) -> usize {
        self.zero
    }

    /// The mean of the others, in steps a minute, each record counted once: what other readers of the file show.
    #[must_use]
    pub fn mean_spm(&self) -> Option<f64> {
        self.mean
    }
}

/// What the device's own average pools, by what comes out the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicePools {
    /// Running alone: there was little else.
    Running,
    /// Walking and running.
    Moving,
    /// Everything, standing counted as zero.
    Everything,
    /// None of these: it was measured or rounded in another way.
    Unexplained,
}

impl DevicePools {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Moving => "moving",
            Self::Everything => "everything",
            Self::Unexplained => "unexplained",
        }
    }
}

/// A lap, from the records in it; device averages are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunLap {
    start: Moment,
    summary: Summary,
}

impl RunLap {
    /// When it began.
    #[must_use]
    pub fn start(&self) -> Moment {
        self.start
    }

    /// What was done in it.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// The cadence at one pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaceClass {
    pace: u16,
    seconds: f64,
    steps: f64,
}

impl PaceClass {
    /// How wide a class is, in seconds a kilometre.
    pub const WIDTH_S: f64 = 10.0;

    /// The class that begins at so many times its width, with the time that was run at it and the mean cadence.
    #[cfg(test)]
    pub(super) fn new(pace: u16, seconds: f64, mean_spm: f64) -> Self {
        let steps = mean_spm * seconds;
        Self {
            pace,
            seconds,
            steps,
        }
    }

    /// The fast end of the class, in seconds a kilometre.
    #[must_use]
    pub fn pace_s_per_km(&self) -> f64 {
        f64::from(self.pace) * Self::WIDTH_S
    }

    /// The time that was run at it.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The mean cadence at it.
    #[must_use]
    pub fn mean_spm(&self) -> f64 {
        self.steps / self.seconds
    }
}

/// A session on foot, as cadence.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    sport: Sport,
    basis: Basis,
    factor: Factor,
    split: Cadence,
    stretches: Vec<Stretch>,
    summary: Summary,
    records: Records,
    laps: Vec<RunLap>,
    device_average: Option<f64>,
}

impl Run {
    /// The cadence of a session.
    ///
    /// # Errors
    /// [`NoRun`] says why there is none.
    pub fn from_session(session: &Session, rules: &Rules) -> Result<Self, NoRun> {
        let native = |sample: &Sample| sample.cadence;
        let developer = |sample: &Sample| sample.developer;
        let moves = |of: fn(&Sample) -> Reading| {
            let mut readings = session.samples.iter().filter_map(|sample| of(sample).raw());
            readings.any(|raw| raw > 0.0)
        };
        let (basis, reading): (Basis, fn(&Sample) -> Reading) = if moves(native) {
            (Basis::Records, native)
        } else if moves(developer) {
            (Basis::DeveloperField, developer)
        } else if session.laps.iter().any(|lap| lap.average > Some(0.0)) {
            (Basis::Laps, native)
        } else if session.samples.is_empty() && session.laps.is_empty() {
            return Err(NoRun::Empty);
        } else if matches!(session.sport, Sport::Cycling | Sport::Other) {
            return Err(NoRun::NotOnFoot(session.sport));
        } else {
            return Err(NoRun::NoCadence);
        };
        let raw: Vec<f64> = match basis {
            Basis::Laps => session.laps.iter().filter_map(|lap| lap.average).collect(),
            _ => session
                .samples
                .iter()
                .filter_map(|sample| reading(sample).raw())
                .collect(),
        };
        let factor = Factor::find(session, basis, &raw, rules)?;
        let steps_per_count = f64::from(factor.steps_per_count());
        let stretches = match basis {
            Basis::Laps => of_laps(session, steps_per_count),
            _ => of_samples(session, reading, steps_per_count),
        };
        let counts = |what: fn(Reading) -> bool| {
            let readings = session.samples.iter().map(reading);
            readings.filter(|reading| what(*reading)).count()
        };
        let moving = || raw.iter().filter(|raw| **raw > 0.0);
        let records = Records {
            total: session.samples.len(),
            with_cadence: counts(|reading| reading.raw().is_some()),
            invalid: counts(|reading| reading == Reading::Invalid),
            zero: counts(|reading| reading.raw() == Some(0.0)),
            mean: (basis != Basis::Laps)
                .then(|| moving().sum::<f64>() / moving().count() as f64 * steps_per_count),
        };
        // The device's average is of its own field, so a developer's factor is not for it.
        let device_factor = match basis {
            Basis::DeveloperField => 2.0,
            _ => steps_per_count,
        };
        Ok(Self {
            sport: session.sport,
            basis,
            factor,
            split: rules.split,
            summary: Summary::of(&stretches, rules.split),
            records,
            laps: laps(session, &stretches, rules.split),
            stretches,
            device_average: session
                .average
                .filter(|raw| *raw > 0.0)
                .map(|raw| raw * device_factor),
        })
    }

    /// What was done.
    #[must_use]
    pub fn sport(&self) -> Sport {
        self.sport
    }

    /// Where the cadence was found.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// What made steps of the values.
    #[must_use]
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// Where walking ends and running begins.
    #[must_use]
    pub fn split(&self) -> Cadence {
        self.split
    }

    /// The run in order of time, without pauses.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The stretches that begin from one moment to before another.
    #[must_use]
    pub fn between(&self, from: Moment, to: Moment) -> &[Stretch] {
        let place = |at: Moment| self.stretches.partition_point(|stretch| stretch.start < at);
        let (begin, end) = (place(from), place(to));
        &self.stretches[begin..end.max(begin)]
    }

    /// When it began.
    #[must_use]
    pub fn start(&self) -> Moment {
        let first = self.stretches.first();
        first.map_or(Moment::from_unix_ms(0), Stretch::start)
    }

    /// When it ended.
    #[must_use]
    pub fn end(&self) -> Moment {
        let last = self.stretches.last();
        last.map_or(self.start(), |last| last.start.plus_seconds(last.seconds()))
    }

    /// The whole run.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The headline: the running median, `None` where nothing was run.
    #[must_use]
    pub fn cadence(&self) -> Option<Cadence> {
        Cadence::from_spm(self.summary.median?).ok()
    }

    /// The records as they stand in the file.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The laps, in order of time.
    #[must_use]
    pub fn laps(&self) -> &[RunLap] {
        &self.laps
    }

    /// The device's own average, in steps a minute.
    #[must_use]
    pub fn device_average_spm(&self) -> Option<f64> {
        self.device_average
    }

    /// What that average pools: Garmin's counts standing, Suunto's does not.
    #[must_use]
    pub fn device_pools(&self) -> Option<DevicePools> {
        let device = self.device_average?;
        let near = |mean: Option<f64>| mean.is_some_and(|mean| (mean - device).abs() <= 1.0);
        Some(if near(self.summary.mean) {
            DevicePools::Running
        } else if near(self.summary.mean_moving) {
            DevicePools::Moving
        } else if near(self.summary.mean_with_zeros) {
            DevicePools::Everything
        } else {
            DevicePools::Unexplained
        })
    }

    /// Cadence by pace, fastest first, over the running with a known speed.
    #[must_use]
    pub fn paces(&self) -> Vec<PaceClass> {
        let mut classes = std::collections::BTreeMap::<u16, PaceClass>::new();
        for stretch in &self.stretches {
            let (Some(spm), Some(speed)) = (stretch.spm(), stretch.speed_mps()) else {
                continue;
            };
            // Slower than 20 min/km is no running, whatever the legs do; a treadmill's pod may say so.
            if Gait::of(spm, self.split) != Gait::Running || !(0.8..=10.0).contains(&speed) {
                continue;
            }
            let pace = (1000.0 / speed / PaceClass::WIDTH_S) as u16;
            let class = classes.entry(pace).or_insert(PaceClass {
                pace,
                seconds: 0.0,
                steps: 0.0,
            });
            class.seconds += stretch.seconds();
            class.steps += spm * stretch.seconds();
        }
        classes.into_values().collect()
    }

    /// The running median of the first and of the last quarter of the running time, where there are ten minutes of it.
    #[must_use]
    pub fn drift(&self) -> Option<(f64, f64)> {
        let quarter = self.summary.running_s / 4.0;
        if self.summary.running_s < MIN_DRIFT_S {
            return None;
        }
        let runs = |stretch: &Stretch| stretch.spm().is_some_and(|spm| spm >= self.split.spm());
        let median = |stretches: &mut dyn Iterator<Item = &Stretch>| {
            let mut ran = 0.0;
            let mut part = Vec::new();
            for stretch in stretches.filter(|stretch| runs(stretch)) {
                if ran >= quarter {
                    break;
                }
                ran += stretch.seconds();
                part.push(*stretch);
            }
            Summary::of(&part, self.split).median
        };
        median(&mut self.stretches.iter()).zip(median(&mut self.stretches.iter().rev()))
    }
}

/// One stretch a lap, where only the laps have a cadence.
fn of_laps(session: &Session, steps_per_count: f64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = session
        .laps
        .iter()
        .filter_map(|lap| {
            let seconds = lap.seconds?;
            let speed = lap
                .metres
                .filter(|_| seconds > 0.0)
                .map(|metres| metres / seconds);
            Some(Stretch {
                start: lap.start,
                seconds: seconds as f32,
                spm: lap.average.map(|raw| (raw * steps_per_count) as f32),
                speed: speed.map(|mps| mps as f32),
            })
        })
        .collect();
    stretches.sort_by_key(|stretch| stretch.start);
    stretches
}

/// One stretch a moment that has a record: in order of time, equal times merged, pauses left out, gaps capped.
fn of_samples(
    session: &Session,
    reading: fn(&Sample) -> Reading,
    steps_per_count: f64,
) -> Vec<Stretch> {
    let sorted;
    let samples = if session.samples.is_sorted_by_key(|sample| sample.at) {
        session.samples.as_slice()
    } else {
        let mut copy = session.samples.clone();
        copy.sort_by_key(|sample| sample.at);
        sorted = copy;
        sorted.as_slice()
    };
    let pauses = pauses(session);
    let mut stretches: Vec<Stretch> = Vec::with_capacity(samples.len());
    let mut pause = pauses.iter().copied().peekable();
    for records in samples.chunk_by(|a, b| a.at == b.at) {
        let at = records[0].at;
        while pause.next_if(|(_, start)| *start <= at).is_some() {}
        if pause.peek().is_some_and(|(stop, _)| *stop < at) {
            continue;
        }
        stretches.push(Stretch {
            start: at,
            seconds: 0.0,
            spm: mean(records.iter().filter_map(|sample| reading(sample).raw()))
                .map(|raw| (raw * steps_per_count) as f32),
            speed: mean(records.iter().filter_map(Sample::speed_mps)).map(|mps| mps as f32),
        });
    }
    // Each value holds until the next one, but not into a pause; behind the last there is no time.
    let mut stops = pauses.iter().map(|(stop, _)| *stop).peekable();
    for index in 0..stretches.len() {
        let start = stretches[index].start;
        while stops.next_if(|stop| *stop < start).is_some() {}
        let next = stretches.get(index + 1).map(|next| next.start);
        if let Some(end) = next.into_iter().chain(stops.peek().copied()).min() {
            stretches[index].seconds = end.seconds_since(start).min(MAX_GAP_S) as f32;
        }
    }
    stretches
}

/// The mean of what there is.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The times between a stop of the timer and its next start. A stop that no start follows is the end, and a device that
/// writes no timer events was never paused.
fn pauses(session: &Session) -> Vec<(Moment, Moment)> {
    let mut events = session.timer.clone();
    events.sort_by_key(|(at, _)| *at);
    let mut stopped = None;
    let mut pauses = Vec::new();
    for (at, event) in events {
        match event {
            Timer::Stop => stopped = stopped.or(Some(at)),
            Timer::Start => pauses.extend(stopped.take().map(|stop| (stop, at))),
        }
    }
    pauses
}

/// The laps, each from the records between its start and the next one's.
fn laps(session: &Session, stretches: &[Stretch], split: Cadence) -> Vec<RunLap> {
    let mut starts: Vec<Moment> = session.laps.iter().map(|lap| lap.start).collect();
    starts.sort();
    starts.dedup();
    let place = |at: Moment| stretches.partition_point(|stretch| stretch.start < at);
    let ends = starts
        .iter()
        .skip(1)
        .map(|start| place(*start))
        .chain([stretches.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| RunLap {
            start: *start,
            summary: Summary::of(&stretches[place(*start)..end], split),
        })
        .collect()
}
