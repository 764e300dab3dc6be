//! `cadence render`: the click as a file.

use std::fs::{self, Metadata};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueHint};
use indicatif::DecimalBytes;

use cadence::audio::file::tags::Tags;
use cadence::audio::file::{EncodeError, Encoding};
use cadence::audio::metronome::Clicks;
use cadence::audio::source::Render;
use cadence::duration;
use cadence::printable::Printable;
use cadence::schedule::{Frames, SampleRate};

use crate::cli::args::{EncodingArg, SoundArgs, WorkoutArgs};
use crate::cli::calc::Hints;
use crate::cli::destination::Destination;
#[cfg(feature = "music")]
use crate::cli::music::under::MusicArgs;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;
use crate::cli::terminal::{Interrupts, Progress, StatusLine};
use crate::cli::text::in_words;
use crate::cli::with_music;

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Length of the file; may cut a workout short
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) length: Option<Duration>,
    /// File to write: .wav, .flac, .mp3 or .ogg; `-` is stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Overwrite an existing file
    #[arg(long, short)]
    pub(crate) force: bool,
    /// Encoding of the file, whatever its ending [default: by the ending, else wav]
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<EncodingArg>,
    /// Frames per second, 8000 to 192000; at most 96000 for FLAC, 48000 for MP3
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate, allow_hyphen_values = true)]
    pub(crate) rate: SampleRate,
    /// Print only errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) what: WorkoutArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[cfg(feature = "music")]
    #[command(flatten)]
    pub(crate) music: MusicArgs,
}

impl RenderArgs {
    pub(crate) const EXAMPLES: &str = concat!(
        "\
Examples:
  cadence render 168 --for 30m -o click.mp3        or .wav, .flac, .ogg
  cadence render --count 40 --for 30m -o click.mp3
  cadence render '5m rest, 20m +5% fade' --cadence 160 -o run.mp3
",
        with_music!(
            "  cadence render 168 --for 45m --music ~/Music -o run.mp3
  cadence render 168 --over podcast.mp3 -o run.mp3
"
        ),
        "  cadence render 168 --for 1m -o - | aplay

Start only when easy running is free of pain; stop if it hurts."
    );

    /// What `--help` adds.
    pub(crate) const NOTES: &str = concat!(
        "The file appears only once it is complete.\n",
        with_music!("An MP3 with music has 86 MB per hour.\n"),
        "See `cadence help show` for the workout syntax."
    );
}

fn rate(text: &str) -> Result<SampleRate, &'static str> {
    let hz = text
        .parse()
        .ok()
        .filter(|hz| (8_000..=192_000).contains(hz));
    hz.and_then(|hz| SampleRate::from_hz(hz).ok())
        .ok_or("write 8000 to 192000 Hz, such as 44100")
}

impl RenderArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (score, explanation) = Score::new(
            &self.what,
            self.length,
            &self.sound,
            Hints::unless(self.quiet),
        )?;
        #[cfg(feature = "music")]
        let music = self.music.open(self.sound.volume)?;
        #[cfg(feature = "music")]
        let score = match &music {
            Some(music) => score.ended_after(|| music.length())?,
            None => score,
        };
        if score.timeline.length().is_none() {
            return Err(Error::Usage(
                "this never ends: set a length, such as --for 30m".into(),
            ));
        }
        let rate = self.rate;
        let encoding = self.encoding(rate)?;
        let destination = Destination::open(&self.output, self.force)?;
        if let Some(text) = explanation.filter(|_| !self.quiet) {
            report::note(&text);
        }
        let map = score.map(rate).map_err(Error::usage)?;
        let length = map.length().map_or(Duration::ZERO, |it| it.duration(rate));
        let progress = (!self.quiet).then(|| Progress::of(map.length().map_or(0, Frames::count)));
        let on_block = |frames| {
            if let Some(progress) = &progress {
                progress.show(frames);
            }
        };
        let tags = score.tags();
        #[cfg(feature = "music")]
        if let Some(mut music) = music {
            let mix = music.rendered(map, &score);
            let tags = music.tags(tags);
            write(destination, encoding, &mix, &tags, on_block)?;
            drop(progress);
            if !self.quiet {
                let is_seen = StatusLine::on_terminal().is_some_and(|line| line.is_seen());
                music.report(is_seen);
            }
            self.note_file(length);
            return Ok(());
        }
        let clicks = Clicks {
            map: Arc::new(map),
            voice: &score.voice,
        };
        write(destination, encoding, &clicks, &tags, on_block)?;
        drop(progress);
        self.note_file(length);
        Ok(())
    }

    /// Says what was written on a terminal, where it is a file.
    fn note_file(&self, length: Duration) {
        if self.quiet || !StatusLine::on_terminal().is_some_and(|line| line.is_seen()) {
            return;
        }
        let file = fs::metadata(&self.output).ok().filter(Metadata::is_file);
        if let Some(file) = file.filter(|_| self.output != Path::new("-")) {
            let path = self.output.display().to_string();
            let path = Printable(&path);
            let (length, size) = (in_words(length), DecimalBytes(file.len()));
            report::note(&format!("wrote {path}: {length}, {size}"));
        }
    }

    /// As `--encoding` says, or the name of the file; stdout is WAV.
    fn encoding(&self, rate: SampleRate) -> Result<Encoding, Error> {
        let chosen = self.encoding.map(Encoding::from);
        chosen
            .map_or_else(|| Encoding::of(&self.output), Ok)
            .and_then(|encoding| encoding.check(rate).map(|()| encoding))
            .map_err(|error| Error::Usage(error.to_string()))
    }
}

/// Writes a whole file. Calls `on_block` with the number of frames written after each block.
pub(crate) fn write(
    mut destination: Destination,
    encoding: Encoding,
    sound: &impl Render,
    tags: &Tags,
    mut on_block: impl FnMut(u64),
) -> Result<(), Error> {
    let interrupts = destination.interrupts();
    let mut stopped = None;
    let written = encoding.write(&mut destination, sound, tags, &mut |position| {
        on_block(position.index());
        stopped = interrupts.as_ref().and_then(Interrupts::caught);
        if stopped.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    if let Some(interrupt) = stopped {
        return Err(Error::Stopped(interrupt));
    }
    written.map_err(|error| match error {
        EncodeError::Io(error) => destination.failed(error),
        other => Error::failed("cannot make the file", other),
    })?;
    destination.finish()
}
