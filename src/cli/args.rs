//! Arguments that several commands share.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command, ValueEnum, ValueHint};

use cadence::audio::click::{ClickError, Timbre};
use cadence::audio::file::Encoding;
use cadence::audio::voice::{self, Volume};
use cadence::cadence::{Cadence, Count, Feet, Raise};
use cadence::duration;
use cadence::tempo::Pulse;
use cadence::workout::Timeline;

use crate::cli::follow_args::FollowArgs;
#[cfg(feature = "music")]
use crate::cli::music::under::MusicArgs;
use crate::cli::with_music;

/// What to know before a cadence is raised; also the last line of the help of what plays, taps and
/// reviews.
pub(crate) const SAFETY: &str = "Start only when easy running is free of pain; stop if it hurts.";

/// How steps were counted.
#[derive(Debug, Args)]
pub(crate) struct Counting {
    /// Length of the count
    #[arg(
        long,
        value_name = "TIME",
        default_value = "30s",
        value_parser = duration::parse,
        allow_hyphen_values = true
    )]
    pub(crate) time: Duration,
    /// Count one foot or both feet
    #[arg(long, value_enum, default_value_t = FeetArg::One)]
    pub(crate) feet: FeetArg,
    /// You fixed the count and measured the time
    #[arg(long)]
    pub(crate) stopwatch: bool,
}

/// By how much to raise a cadence.
#[derive(Debug, Args)]
pub(crate) struct RaiseArgs {
    /// Percent to add: a number or a range [default: 5..10]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub(crate) raise: Option<Raise>,
}

impl RaiseArgs {
    pub(crate) fn raise(&self) -> Raise {
        self.raise.unwrap_or(Raise::DEFAULT)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FeetArg {
    One,
    Both,
}

impl From<FeetArg> for Feet {
    fn from(feet: FeetArg) -> Self {
        match feet {
            FeetArg::One => Self::One,
            FeetArg::Both => Self::Both,
        }
    }
}

/// What is played: a tempo or a whole workout, given or from a count.
#[derive(Debug, Args)]
pub(crate) struct WorkoutArgs {
    /// A tempo such as 168, or a workout such as '5m rest, 20m 168'
    ///
    /// A tempo is in beats per minute, one beat per step. Without a tempo or a workout, --cadence
    /// or --count plays the low end of its target. See `cadence help show` for the workout syntax.
    #[arg(value_name = "TEMPO|WORKOUT", num_args = 0..)]
    pub(crate) workout: Vec<String>,
    /// Read the workout from a file; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "workout", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Number of clicks before the workout
    #[arg(long, value_name = "CLICKS", value_parser = count_in, allow_hyphen_values = true)]
    pub(crate) count_in: Option<u32>,
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    #[command(flatten, next_help_heading = "Your cadence")]
    pub(crate) raise: RaiseArgs,
}

/// The runner's cadence, given or counted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Your cadence")]
pub(crate) struct BaseArgs {
    /// Steps per minute; `base` and `+5%` refer to it
    #[arg(long, value_name = "SPM", conflicts_with = "count")]
    pub(crate) cadence: Option<Cadence>,
    /// Counted steps, if you do not know your cadence yet
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    pub(crate) count: Vec<Count>,
    #[command(flatten)]
    pub(crate) counting: Counting,
}

/// A number of clicks before the workout.
fn count_in(text: &str) -> Result<u32, String> {
    let clicks = text.parse().ok();
    clicks
        .filter(|clicks| (1..=Timeline::MAX_COUNT_IN).contains(clicks))
        .ok_or_else(|| format!("write 1 to {} clicks", Timeline::MAX_COUNT_IN))
}

/// A silence before the first click.
fn lead_in(text: &str) -> Result<Duration, String> {
    /// A Bluetooth link needs a moment. The project's own bound.
    const LONGEST: Duration = Duration::from_secs(60);
    let time = duration::parse(text).map_err(|error| error.to_string())?;
    if time <= LONGEST {
        Ok(time)
    } else {
        Err("too long: at most 1m".into())
    }
}

/// What a beat sounds like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
pub(crate) struct SoundArgs {
    /// Click on every step or on every second step
    #[arg(long, value_enum, default_value_t = Per::Step)]
    pub(crate) per: Per,
    /// Sound of a click: wood, tick, beep, drum, or a WAV file of up to 1 s
    #[arg(
        long,
        default_value = "wood",
        value_name = "NAME|FILE",
        value_parser = SoundParser,
        hide_possible_values = true,
        value_hint = ValueHint::FilePath
    )]
    pub(crate) sound: SoundChoice,
    /// Percent of full amplitude, or decibels, such as -6dB [default: 80%]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) volume: Option<Volume>,
    /// Lower the pitch of the second foot
    #[arg(long, value_enum, default_value_t = Accent::None)]
    pub(crate) accent: Accent,
    /// Play the first foot on the left, the second on the right
    #[arg(long)]
    pub(crate) pan: bool,
    /// Play no signal at the start of a segment or at the end
    #[arg(long)]
    pub(crate) no_signals: bool,
    /// Silence before the first click, to let a Bluetooth link wake up
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = lead_in)]
    pub(crate) lead_in: Duration,
}

/// Reads a number, and says what would do where a comma was written for the point.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| {
        let with_point = text.trim().replace(',', ".");
        if with_point.parse::<f64>().is_ok_and(f64::is_finite) {
            format!("write {with_point}")
        } else {
            "not a number: write a number such as 2.5".to_owned()
        }
    })
}

/// A timbre by its name, or a file: a text with a dot or a slash in it is meant as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SoundChoice {
    Timbre(Timbre),
    File(PathBuf),
}

impl FromStr for SoundChoice {
    type Err = ClickError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(['.', '/', '\\']) {
            Ok(Self::File(text.into()))
        } else {
            text.parse().map(Self::Timbre)
        }
    }
}

/// Offers the names of the timbres where a sound is completed.
#[derive(Clone)]
struct SoundParser;

impl TypedValueParser for SoundParser {
    type Value = SoundChoice;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<SoundChoice, clap::Error> {
        SoundChoice::from_str.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Timbre::ALL.into_iter().map(Timbre::name);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Per {
    Step,
    Stride,
}

impl From<Per> for Pulse {
    fn from(per: Per) -> Self {
        match per {
            Per::Step => Self::PerStep,
            Per::Stride => Self::PerStride,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Accent {
    None,
    LeftRight,
}

impl From<Accent> for voice::Accent {
    fn from(accent: Accent) -> Self {
        match accent {
            Accent::None => Self::None,
            Accent::LeftRight => Self::LeftRight,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// Stop after this time, once the last click has ended
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) length: Option<Duration>,
    /// Play on this sound device, as named by `cadence devices`
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// Print only errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) follow: FollowArgs,
    #[command(flatten)]
    pub(crate) what: WorkoutArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[cfg(feature = "music")]
    #[command(flatten)]
    pub(crate) music: MusicArgs,
}

impl PlayArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence play 168                           until Ctrl-C
  cadence play 170.5 --for 30m --sound tick
  cadence play --count 40 --for 30m          at the low end of the target range
  cadence play '5m rest, 20m +5% fade' --cadence 160

Keep the volume low enough to hear traffic.
Start only when easy running is free of pain; stop if it hurts.";

    /// What `--help` adds.
    pub(crate) const NOTES: &str = concat!(
        "\
More examples:
  cadence play '5m rest, 8m 160..168, 20m 168 cue 1m/1m, 5m rest'
  cadence play --file intervals.txt --cadence 160 --count-in 8
  cadence play 168 --accent left-right --pan --lead-in 1s
",
        with_music!(
            "  cadence play 168 --music ~/Music --click off
  cadence play 168 --over podcast.mp3
"
        ),
        "  footpod.py | cadence play 168 --follow -   click only when needed

--follow - reads your cadence from stdin, one value per line: 168, 168 spm,
84 strides, 84 rpm, or {\"cadence_spm\": 168}. Whether numbers without a unit
are steps or strides is detected from the first 20 s. Your cadence is the
median of the last 3 s. The click falls silent after 10 s within half the
tolerance. It returns, over four beats, when your cadence leaves the tolerance
or no value arrives for 10 s.",
        with_music!(" Only the click falls silent; music plays on."),
        "

See `cadence help show` for the workout syntax.

Keys in a terminal: up and down change the tempo by 1 BPM, left and right by
5 %, space mutes, r moves the beat to your footfall, n skips to the next
segment, q quits, ? lists the keys.",
        with_music!(
            " With music, h shifts it by
half a beat, and n goes on to the next track where there is no next segment."
        )
    );
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncodingArg {
    /// Lossless, a third of a gigabyte per hour
    Wav,
    /// Lossless, 18 MB per hour
    Flac,
    /// Plays everywhere, 22 MB per hour
    Mp3,
    /// Ogg Vorbis, 5 MB per hour
    Ogg,
}

impl From<EncodingArg> for Encoding {
    fn from(encoding: EncodingArg) -> Self {
        match encoding {
            EncodingArg::Wav => Self::Wav,
            EncodingArg::Flac => Self::Flac,
            EncodingArg::Mp3 => Self::Mp3,
            EncodingArg::Ogg => Self::Ogg,
        }
    }
}
