//! One track as it plays along its course.

use std::collections::VecDeque;

use super::course::{BeatLine, Course};
use super::fade::Fade;
use super::prepare::Playable;
use crate::music::number::nearest;
use crate::music::sound::{Sound, Stereo};
use crate::music::stretch::{StretchError, Stretcher};
use crate::schedule::{SampleRate, TempoMap};

/// Frames that are read at a time where nothing is stretched.
const BLOCK: usize = 512;
/// Over a jump the sound before it fades into the sound after it: 10 ms.
const BLEND_S: f64 = 0.01;

/// A track that plays.
pub(super) struct Voice {
    pub(super) track: Playable,
    pub(super) course: Course,
    /// The frame of the mix at which it begins.
    pub(super) start: u64,
    /// `None` where it plays at its own speed.
    stretcher: Option<Stretcher>,
    /// The next frame of the track to be read.
    reads: i64,
    /// Made before it was asked for.
    ahead: VecDeque<Stereo>,
    /// Made and not given yet.
    ready: VecDeque<Stereo>,
    /// From what was heard before a jump.
    blend: Fade,
    rate: f64,
}

impl Voice {
    /// Begins a track at a frame of the mix. Its beats are on the grid from the first one on.
    ///
    /// A stretcher takes ten megabytes: that of the track before, of the same rate, is used again.
    pub(super) fn begin(
        track: Playable,
        start: u64,
        map: Option<&TempoMap>,
        rate: SampleRate,
        stretcher: Option<Stretcher>,
    ) -> Result<Self, StretchError> {
        let stretcher = match (&track.line, stretcher) {
            (None, _) => None,
            (Some(_), Some(stretcher)) => Some(stretcher),
            (Some(_), None) => Some(Stretcher::new(rate.hz())?),
        };
        let mut voice = Self {
            track,
            stretcher,
            course: Course::unstretched(start, 0.0),
            start,
            reads: 0,
            ahead: VecDeque::new(),
            ready: VecDeque::new(),
            blend: Fade::none(),
            rate: f64::from(rate.hz()),
        };
        voice.plan(start, 0.0, true, map);
        voice.go_to(start)?;
        Ok(voice)
    }

    /// Plans its course anew from a frame of the mix on, which is not before its start, and goes
    /// there.
    pub(super) fn retime(
        &mut self,
        frame: u64,
        map: Option<&TempoMap>,
    ) -> Result<(), StretchError> {
        let source = self.course.source_at(frame as f64);
        self.plan(frame, source, false, map);
        self.go_to(frame)
    }

    /// Its stretcher, once it has ended.
    pub(super) fn into_stretcher(self) -> Option<Stretcher> {
        self.stretcher
    }

    /// Makes its first frames before they are asked for.
    pub(super) fn make_ahead(&mut self, frames: usize) -> Result<(), StretchError> {
        let mut made = vec![[0.0; 2]; frames];
        self.fill(self.start, &mut made)?;
        self.ahead = made.into();
        Ok(())
    }

    fn plan(&mut self, frame: u64, source: f64, begins: bool, map: Option<&TempoMap>) {
        self.course = match (&self.track.line, map) {
            (Some(line), Some(map)) => {
                Course::new(map, line, (frame, source), begins, self.length())
            }
            _ => Course::unstretched(frame, source),
        };
    }

    /// The beats of a track whose tempo is sure.
    pub(super) fn line_mut(&mut self) -> Option<&mut BeatLine> {
        self.track.line.as_mut()
    }

    /// Frames of the track.
    pub(super) fn length(&self) -> f64 {
        self.track
            .seconds
            .map_or(f64::INFINITY, |seconds| seconds * self.rate)
    }

    /// The frame of the mix after its last one.
    pub(super) fn end(&self) -> f64 {
        let length = self.length();
        if length.is_finite() {
            self.course.frame_of(length, self.start as f64)
        } else {
            f64::INFINITY
        }
    }

    /// The next frame that is made is this one of the mix.
    pub(super) fn go_to(&mut self, frame: u64) -> Result<(), StretchError> {
        self.ahead.clear();
        self.ready.clear();
        self.blend = Fade::none();
        let source = self.course.source_at(frame as f64);
        self.reads = match &mut self.stretcher {
            Some(stretcher) => stretcher.begin(source, self.course.piece_at(frame as f64).speed)?,
            None => whole(source),
        };
        self.track.sound.seek(self.reads.max(0).unsigned_abs());
        Ok(())
    }

    /// Makes the frames of the mix from `frame` on, which is where it is.
    pub(super) fn fill(&mut self, frame: u64, out: &mut [Stereo]) -> Result<(), StretchError> {
        let ahead = self.ahead.len().min(out.len());
        for (out, made) in out.iter_mut().zip(self.ahead.drain(..ahead)) {
            *out = made;
        }
        if self.ahead.is_empty() {
            // Megabytes, which are free again.
            self.ahead = VecDeque::new();
        }
        let mut done = ahead;
        while done < out.len() {
            let at = frame + done as u64;
            // Jumps lie on whole frames: beats, and where a rest begins.
            if self.course.jump_after(at as f64 - 0.5) == Some(at as f64) {
                self.jump(at)?;
            }
            let jump = self.course.jump_after(at as f64);
            let left = jump.map_or(usize::MAX, |jump| nearest(jump - at as f64));
            if self.ready.is_empty() {
                self.make(at, jump)?;
            }
            let count = self.ready.len().min(out.len() - done).min(left);
            for (out, made) in out[done..].iter_mut().zip(self.ready.drain(..count)) {
                *out = made;
            }
            self.blend.mix_into(&mut out[done..done + count]);
            done += count;
        }
        Ok(())
    }

    /// Goes on elsewhere in the track, where the course says so.
    fn jump(&mut self, at: u64) -> Result<(), StretchError> {
        let length = nearest(BLEND_S * self.rate);
        let mut before = std::mem::take(&mut self.ready);
        while before.len() < length {
            self.make(at + before.len() as u64, Some(at as f64))?;
            before.append(&mut self.ready);
        }
        before.truncate(length);
        self.go_to(at)?;
        self.blend = Fade::within_track(before.into());
        Ok(())
    }

    /// Makes the next block, of which the first frame is this one of the mix, as if there were no
    /// jump at `until`.
    fn make(&mut self, frame: u64, until: Option<f64>) -> Result<(), StretchError> {
        let (sound, reads) = (&mut self.track.sound, &mut self.reads);
        let Some(stretcher) = &mut self.stretcher else {
            let mut block = [[0.0; 2]; BLOCK];
            read(sound, reads, &mut block);
            self.ready.extend(block);
            return Ok(());
        };
        let course = &self.course;
        let wanted = |ahead: f64| course.source_before(frame as f64 + ahead, until);
        let block = stretcher.next_block(wanted, |out| read(sound, reads, out))?;
        self.ready.extend(block);
        Ok(())
    }

    /// Its speed at a frame of the mix, and whether its beats lie on the grid there.
    pub(super) fn speed_at(&self, frame: u64) -> (f64, bool) {
        let piece = self.course.piece_at(frame as f64);
        (piece.speed, piece.is_aligned)
    }
}

/// Reads the frames of a track from one on that may be before its start; past its end is silence.
fn read(sound: &mut Sound, reads: &mut i64, out: &mut [Stereo]) {
    let before = usize::try_from(-*reads).unwrap_or(0).min(out.len());
    out[..before].fill([0.0; 2]);
    let read = sound.read(&mut out[before..]);
    out[before + read..].fill([0.0; 2]);
    *reads += i64::try_from(out.len()).unwrap_or(0);
}

fn whole(value: f64) -> i64 {
    i64::try_from(nearest(value.max(0.0))).unwrap_or(i64::MAX)
}
