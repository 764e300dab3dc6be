//! Sound at another speed and the same pitch, with the frame of the track that is heard known at
//! every moment.
//!
//! The work is timestretch's. What belongs here is where a frame of its output lies in the track:
//! its own count leaves out that a change of speed is heard half a window later.

use timestretch::{
    Parameters, PitchRatio, PreparedSession, ProcessStatus, RatioConstraint, SessionConfig,
    SessionError, SourceAccess, StreamSession, TempoRate,
};

use super::sound::Stereo;

/// Why sound cannot be stretched.
#[derive(Debug, thiserror::Error)]
#[error("cannot change the speed of music")]
pub struct StretchError(#[from] SessionError);

/// Frames of output, at most, that are held for whoever takes them.
const HELD: usize = 65_536;
/// Over how many frames an error is made up.
const HORIZON: f64 = 2_048.0;
/// The slowest and the fastest, a little beyond what is asked for, so that errors can be made up.
const SLOWEST: f64 = 0.917;
const FASTEST: f64 = 1.083;
/// The share of its window by which timestretch's count of frames is off for each unit of speed:
/// measured with clicks as 2,010 of 4,096 frames, the same at all speeds from 0.9 to 1.1, after
/// which clicks are where they are said to be to 0.1 ms.
const LAG: f64 = 2_010.0 / 4_096.0;

/// Stretches one track at a time.
pub struct Stretcher {
    session: StreamSession,
    /// Frames fed before the first one that is given, so that windows are whole.
    history: u64,
    lag: f64,
    commands: u64,
    /// The speed at which it began.
    first_speed: f64,
    speed: f64,
    has_begun: bool,
    /// The frame of the track that the session counts as its first.
    origin: f64,
    input: Vec<Stereo>,
    output: Vec<Stereo>,
}

impl std::fmt::Debug for Stretcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stretcher")
            .field("origin", &self.origin)
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

impl Stretcher {
    /// For sound of this many frames a second.
    ///
    /// # Errors
    /// [`StretchError`] where there is not enough memory.
    pub fn new(rate: u32) -> Result<Self, StretchError> {
        // It knows three rates by heart and would convert others; but it may as well take a frame
        // of any rate for a frame of the nearest of them.
        let rate = match rate {
            0..46_000 => 44_100,
            46_000..72_000 => 48_000,
            _ => 96_000,
        };
        let session = PreparedSession::new(SessionConfig {
            source_sample_rate: rate,
            output_sample_rate: rate,
            channels: 2,
            source_access: SourceAccess::Seekable,
            parameters: parameters(1.0)?,
            max_inflight_frames: HELD,
            ..SessionConfig::default()
        })?
        .activate();
        let history = session.timing().seek_history_frames;
        // Two windows, and what the filters reach.
        let window = (history - 128) / 2;
        Ok(Self {
            session,
            history: history as u64,
            lag: LAG * window as f64,
            commands: 0,
            first_speed: 1.0,
            speed: 1.0,
            has_begun: false,
            origin: 0.0,
            input: vec![[0.0; 2]; 2_048],
            output: vec![[0.0; 2]; 2_048],
        })
    }

    /// Begins anew at a speed, so that the next frame given is this one of the track; returns the
    /// frame of the track that has to be fed first, which may be before its start.
    ///
    /// # Errors
    /// [`StretchError`], which is not to be expected.
    pub fn begin(&mut self, source: f64, speed: f64) -> Result<i64, StretchError> {
        let speed = speed.clamp(SLOWEST, FASTEST);
        if (speed - self.speed).abs() > 1e-9 {
            // It begins at the speed that it has, which it takes at the beginning of a block.
            self.ask_for(speed)?;
            let _ = self.make(|silence| silence.fill([0.0; 2]))?;
            let _ = self.make(|silence| silence.fill([0.0; 2]))?;
        }
        self.session.seek(self.history)?;
        self.first_speed = self.session.applied_parameters().requested.tempo.get();
        self.speed = self.first_speed;
        self.has_begun = false;
        let first = whole(source) - i64::try_from(self.history).unwrap_or(0);
        self.origin = first as f64;
        Ok(first)
    }

    /// Sets the speed that leads to where the track is wanted.
    fn steer(&mut self, wanted: impl Fn(f64) -> f64) -> Result<(), StretchError> {
        // What the session counts now is heard later.
        let soon = wanted(self.lag);
        let speed = (wanted(self.lag + HORIZON) - soon) / HORIZON;
        let counted = self.origin + self.session.position();
        let behind = soon - self.lag * self.first_speed - counted;
        let speed = (speed + behind / HORIZON).clamp(SLOWEST, FASTEST);
        if (speed - self.speed).abs() > 1e-9 {
            self.ask_for(speed)?;
        }
        Ok(())
    }

    /// Has the next block made at a speed.
    fn ask_for(&mut self, speed: f64) -> Result<(), StretchError> {
        self.commands += 1;
        self.session
            .schedule(self.commands, 0, parameters(speed)?)?;
        self.speed = speed;
        Ok(())
    }

    /// The next block, of some 500 frames; `wanted` says which frame of the track is to be heard a
    /// number of frames after the next one, and `feed` gives the next frames of the track.
    ///
    /// # Errors
    /// [`StretchError`], which is not to be expected.
    pub fn next_block(
        &mut self,
        wanted: impl Fn(f64) -> f64,
        feed: impl FnMut(&mut [Stereo]),
    ) -> Result<&[Stereo], StretchError> {
        if self.has_begun {
            self.steer(wanted)?;
        }
        self.has_begun = true;
        self.make(feed)
    }

    fn make(&mut self, mut feed: impl FnMut(&mut [Stereo])) -> Result<&[Stereo], StretchError> {
        loop {
            let report = self.session.advance(1);
            match report.status {
                ProcessStatus::NeedSource => {
                    let request = self
                        .session
                        .source_request()
                        .ok_or(SessionError::InvalidState)?;
                    let input = &mut self.input[..request.frames];
                    feed(input);
                    // A sample that is no number would be refused.
                    for sample in input.as_flattened_mut() {
                        if !sample.is_finite() {
                            *sample = 0.0;
                        }
                    }
                    self.session.supply(request, input.as_flattened())?;
                }
                ProcessStatus::Fault => {
                    return Err(self
                        .session
                        .fault()
                        .unwrap_or(SessionError::InvalidState)
                        .into());
                }
                _ => {}
            }
            while self.session.next_applied().is_some() {}
            if self.session.output_ready() > 0 {
                let stamp = self.session.read_output(self.output.as_flattened_mut())?;
                self.session.acknowledge(stamp.consumed(stamp.frames)?)?;
                return Ok(&self.output[..stamp.frames]);
            }
        }
    }
}

fn parameters(speed: f64) -> Result<Parameters, SessionError> {
    Ok(Parameters {
        tempo: TempoRate::new(speed)?,
        pitch: PitchRatio::UNITY,
        // The default keeps the pitch to the cent and lets the duration drift by 0.13 %.
        constraint: RatioConstraint::PreserveDuration,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a frame of a track is far below 2^63"
)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 44_100;
    /// Frames from click to click.
    const APART: i64 = 15_000;

    /// A burst of noise every so many frames.
    fn clicks(from: i64, out: &mut [Stereo]) {
        for (frame, out) in (from..).zip(out) {
            let into = frame.rem_euclid(APART);
            let noise = f64::from(u32::try_from(into * 7_919 % 997).unwrap()) / 498.5 - 1.0;
            let level = if frame < 0 {
                0.0
            } else {
                0.5 * noise * (-into as f64 / 200.0).exp()
            };
            *out = [crate::music::number::single(level); 2];
        }
    }

    /// The frames at which clicks begin.
    fn onsets(sound: &[Stereo]) -> Vec<f64> {
        let mut found: Vec<f64> = Vec::new();
        for (frame, pair) in sound.windows(2).enumerate() {
            let frame = frame as f64;
            let is_new = found.last().is_none_or(|last| frame - last > 8_000.0);
            if (pair[1][0] - pair[0][0]).abs() > 0.12 && is_new {
                found.push(frame);
            }
        }
        found
    }

    /// Half a minute along a course; how far each click is from its place, in milliseconds.
    fn errors(rate: u32, first: f64, wanted: impl Fn(f64) -> f64) -> Vec<f64> {
        errors_of(&mut Stretcher::new(rate).unwrap(), first, wanted)
    }

    fn errors_of(stretcher: &mut Stretcher, first: f64, wanted: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut fed = stretcher.begin(first, wanted(1.0) - wanted(0.0)).unwrap();
        let mut sound: Vec<Stereo> = Vec::new();
        while sound.len() < 30 * 44_100 {
            let done = sound.len() as f64;
            let block = stretcher.next_block(
                |ahead| wanted(done + ahead),
                |out| {
                    clicks(fed, out);
                    fed += i64::try_from(out.len()).unwrap();
                },
            );
            sound.extend_from_slice(block.unwrap());
        }
        let off = |onset: f64| {
            let place = wanted(onset) / APART as f64;
            (place - place.round()) * APART as f64 / f64::from(RATE) * 1_000.0
        };
        onsets(&sound).into_iter().map(off).collect()
    }

    #[test]
    fn clicks_are_heard_where_they_are_wanted_at_any_speed() {
        for speed in [0.92, 0.97, 1.0, 1.05, 1.08] {
            let errors = errors(RATE, 7_000.0, |frame| 7_000.0 + frame * speed);
            let worst = errors
                .iter()
                .fold(0.0, |worst: f64, off| worst.max(off.abs()));
            assert!(errors.len() > 80 && worst < 0.5, "{speed}: {errors:?}");
        }
    }

    #[test]
    fn clicks_keep_to_a_course_whose_speed_changes() {
        // From 0.94 to 1.06 and back every nine seconds, and from one to the other at once every
        // four.
        let wave = |frame: f64| frame + 0.06 * 63_000.0 * (1.0 - (frame / 63_000.0).cos());
        let steps = |frame: f64| {
            let (whole, rest) = ((frame / 352_800.0).floor(), frame % 352_800.0);
            let slow = rest.min(176_400.0);
            whole * 352_800.0 + slow * 0.95 + (rest - slow) * 1.05
        };
        for (name, errors) in [
            ("wave", errors(RATE, 0.0, wave)),
            ("steps", errors(RATE, 0.0, steps)),
        ] {
            let worst = errors[1..]
                .iter()
                .fold(0.0, |worst: f64, off| worst.max(off.abs()));
            assert!(errors.len() > 80 && worst < 2.5, "{name}: {errors:?}");
        }
    }

    #[test]
    fn one_that_begins_again_gives_what_a_new_one_gives() {
        let sound = |stretcher: &mut Stretcher| {
            let mut fed = stretcher.begin(50_000.0, 1.03).unwrap();
            let mut sound: Vec<Stereo> = Vec::new();
            while sound.len() < 3 * 44_100 {
                let done = sound.len() as f64;
                let block = stretcher.next_block(
                    |ahead| 50_000.0 + (done + ahead) * 1.03,
                    |out| {
                        clicks(fed, out);
                        fed += i64::try_from(out.len()).unwrap();
                    },
                );
                sound.extend_from_slice(block.unwrap());
            }
            sound
        };
        let new = sound(&mut Stretcher::new(RATE).unwrap());
        let mut used = Stretcher::new(RATE).unwrap();
        let _ = errors_of(&mut used, 0.0, |frame| frame * 0.95);
        assert_eq!(new, sound(&mut used));
    }

    #[test]
    fn every_rate_is_stretched_alike() {
        for rate in [8_000, 48_000, 96_000, 192_000] {
            let errors = errors(rate, 0.0, |frame| frame * 1.04);
            let worst = errors[1..]
                .iter()
                .fold(0.0, |worst: f64, off| worst.max(off.abs()));
            assert!(errors.len() > 80 && worst < 0.5, "{rate}: {errors:?}");
        }
    }
}
