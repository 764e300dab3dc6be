//! The command line: what can be typed, and where it goes. Declarations stand here; each command's behaviour has a file of
//! its own. Only this folder names clap, prints, or looks at the environment.

mod calc;
mod destination;
#[cfg(feature = "playback")]
mod devices;
mod interrupt;
mod keys;
mod man;
#[cfg(not(feature = "playback"))]
mod no_playback;
mod plan;
#[cfg(feature = "playback")]
mod play;
mod playlist;
mod progress;
mod render;
pub(crate) mod report;
mod review;
mod score;
mod show;
mod status;
mod tap;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use cadence::audio::encoding::Encoding;
use cadence::audio::metronome::{self, Volume};
use cadence::cadence::{Cadence, Count, Feet, Raise, WALKING_BELOW_SPM};
use cadence::plan::{Days, Preset};
use cadence::schedule::SampleRate;
use cadence::tempo::Pulse;
use cadence::watch::{self, Target};
use jiff::civil::Date;
use report::Error;

const EXAMPLES: &str = "\
Examples:
  cadence calc 40                            40 steps of one foot in 30 s
  cadence play 168                           click at 168 steps a minute
  cadence play --count 40 --for 30m          from the count to the click
  cadence render 168 --for 30m -o click.wav  the same click as a file

`cadence help COMMAND` tells more.
Exit status: 0 done, 1 failed, 2 wrong usage, 3 no sound device, 130 Ctrl-C.
A training aid, not medical advice.";

/// The first screen as clap has it, but for the list of --help and --version: so all of it fits on 24 lines.
fn first_screen() -> String {
    let heading = clap::builder::Styles::default();
    let heading = heading.get_header();
    format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{heading}Commands:{heading:#}\n{{subcommands}}{{after-help}}"
    )
}

/// From counted steps to a cadence, its target range, and a click on the frame
#[derive(Debug, Parser)]
#[command(name = "cadence", version, after_help = EXAMPLES, max_term_width = 80)]
#[command(help_template = first_screen())]
#[command(arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Turn counted steps into a cadence and its target range
    #[command(after_help = CalcArgs::EXAMPLES)]
    Calc(CalcArgs),
    /// Count by tapping a key as your foot lands
    #[command(after_help = TapArgs::EXAMPLES)]
    Tap(TapArgs),
    /// Play a click on the sound device
    #[command(after_help = PlayArgs::EXAMPLES)]
    Play(PlayArgs),
    /// Write the click to a WAV, FLAC, MP3 or Ogg file
    #[command(after_help = RenderArgs::EXAMPLES)]
    Render(RenderArgs),
    /// Show when a workout does what
    #[command(after_help = ShowArgs::EXAMPLES)]
    Show(ShowArgs),
    /// Plan the runs of weeks, by a schedule that a study used
    #[command(after_help = PlanArgs::EXAMPLES)]
    Plan(PlanArgs),
    /// Tell the cadence of a recorded run, beside a target
    #[command(after_help = ReviewArgs::EXAMPLES)]
    Review(ReviewArgs),
    /// List the sound devices
    #[command(after_help = DevicesArgs::EXAMPLES)]
    Devices(DevicesArgs),
    /// Print the completions of a shell
    #[command(after_help = CompletionsArgs::EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print a manual page
    #[command(after_help = ManArgs::EXAMPLES)]
    Man(ManArgs),
}

impl Cli {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let out = &mut io::stdout().lock();
        match &self.command {
            Command::Calc(args) => args.run(io::stdin().lock(), out),
            Command::Tap(args) => args.run(out),
            Command::Play(args) => args.run(),
            Command::Render(args) => args.run(),
            Command::Show(args) => args.run(out),
            Command::Plan(args) => args.run(out),
            Command::Review(args) => args.run(out),
            Command::Devices(args) => args.run(out),
            Command::Completions(args) => args.run(out),
            Command::Man(args) => args.run(out),
        }
    }
}

#[derive(Debug, Args)]
struct CalcArgs {
    /// Steps that were counted; several counts are averaged; `-` reads them from stdin, one a line
    #[arg(required = true, value_name = "COUNT", allow_negative_numbers = true)]
    counts: Vec<CountSource>,
    #[command(flatten)]
    counting: Counting,
    #[command(flatten)]
    raise: RaiseArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl CalcArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence calc 40                           one foot, 30 s
  cadence calc 80 --feet both
  cadence calc 40 41 40                     three counts are surer than one
  cadence calc 50 --time 37.4s --stopwatch  50 strides took 37.4 s
  cadence play \"$(cadence calc 40 --print target-low)\"

A count in a fixed time is off by less than one; the mean of several, by that
over the root of their number. Numbers are shown with at most one decimal,
half rounded up; JSON has them all.";
}

/// How `calc` and `tap` print their result.
#[derive(Debug, Args)]
struct OutputArgs {
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print one number alone
    #[arg(long, value_enum, value_name = "NUMBER", conflicts_with = "format")]
    print: Option<Number>,
}

/// How steps were counted.
#[derive(Debug, Args)]
struct Counting {
    /// How long was counted
    #[arg(
        long,
        value_name = "TIME",
        default_value = "30s",
        allow_hyphen_values = true
    )]
    time: humantime::Duration,
    /// Whose landings were counted
    #[arg(long, value_enum, default_value_t = FeetArg::One)]
    feet: FeetArg,
    /// The count was fixed and the time was measured
    #[arg(long)]
    stopwatch: bool,
}

/// By how much to raise a cadence.
#[derive(Debug, Args)]
struct RaiseArgs {
    /// Percent to add: one number or a range [default: 5..10]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    raise: Option<Raise>,
}

impl RaiseArgs {
    fn raise(&self) -> Raise {
        self.raise.unwrap_or(Raise::DEFAULT)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FeetArg {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned, to be read
    Text,
    /// One object
    Json,
    /// Assignments, safe to `eval`
    Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Number {
    Cadence,
    Uncertainty,
    TargetLow,
    TargetMid,
    TargetHigh,
}

/// A count as an argument.
#[derive(Clone, Copy, Debug)]
enum CountSource {
    Stdin,
    Given(Count),
}

impl FromStr for CountSource {
    type Err = cadence::cadence::CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" {
            Ok(Self::Stdin)
        } else {
            text.parse().map(Self::Given)
        }
    }
}

/// What is played: a tempo or a whole workout, given or from a count.
#[derive(Debug, Args)]
struct WorkoutArgs {
    /// A tempo in beats per minute, one beat a step; or a workout, such as
    /// '5m rest, 8m 160..168, 5x(1m +5%, 1m rest)'; without one, the low end of the
    /// target that --cadence or --count has
    #[arg(value_name = "TEMPO|WORKOUT", num_args = 0..)]
    workout: Vec<String>,
    /// Read the workout from a file; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "workout", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Click so often before the workout begins
    #[arg(long, value_name = "CLICKS", allow_hyphen_values = true)]
    count_in: Option<u32>,
    #[command(flatten)]
    base: BaseArgs,
    #[command(flatten, next_help_heading = "Your cadence")]
    raise: RaiseArgs,
}

/// The runner's own cadence, told or counted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Your cadence")]
struct BaseArgs {
    /// Steps per minute; what `base` and `+5%` in a workout are taken of
    #[arg(long, value_name = "SPM", conflicts_with = "count")]
    cadence: Option<Cadence>,
    /// Counted steps, where the cadence is not known yet
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    count: Vec<Count>,
    #[command(flatten)]
    counting: Counting,
}

/// What a beat sounds like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
struct SoundArgs {
    /// Click at every step, or at every second one
    #[arg(long, value_enum, default_value_t = Per::Step)]
    per: Per,
    /// wood, tick, beep, drum, or a WAV file of at most 1 s
    #[arg(long, default_value = "wood", value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    sound: String,
    /// Percent of full amplitude, or decibels such as -6dB
    #[arg(long, default_value = "80%", allow_hyphen_values = true)]
    volume: Volume,
    /// Let the second foot sound lower
    #[arg(long, value_enum, default_value_t = Accent::None)]
    accent: Accent,
    /// The first foot on the left, the second on the right, in stereo
    #[arg(long)]
    pan: bool,
    /// Play no sound where a segment begins and at the end
    #[arg(long)]
    no_signals: bool,
    /// Silence before the first click, so that a Bluetooth link wakes
    #[arg(long, value_name = "TIME", default_value = "0s")]
    lead_in: humantime::Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Per {
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
enum Accent {
    None,
    LeftRight,
}

impl From<Accent> for metronome::Accent {
    fn from(accent: Accent) -> Self {
        match accent {
            Accent::None => Self::None,
            Accent::LeftRight => Self::LeftRight,
        }
    }
}

#[derive(Debug, Args)]
struct TapArgs {
    /// Whose landings are tapped
    #[arg(long, value_enum, default_value_t = FeetArg::One)]
    feet: FeetArg,
    #[command(flatten)]
    raise: RaiseArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl TapArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence tap                       any key at each landing of one foot
  cadence tap --feet both --print target-low
  cadence tap < times.txt           a time in seconds on each line

It ends after 32 taps, after 30 s, or with Enter; Esc gives up. Where stdin
is no terminal it reads times to the end. Taps that were missed or came twice
are told.";
}

#[derive(Debug, Args)]
struct PlayArgs {
    /// Stop after this time, when the last click has been heard whole
    #[arg(long = "for", value_name = "TIME", allow_hyphen_values = true)]
    length: Option<humantime::Duration>,
    /// The sound device, by its name in `cadence devices`
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    what: WorkoutArgs,
    #[command(flatten)]
    sound: SoundArgs,
}

impl PlayArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence play 168                           until Ctrl-C
  cadence play 170.5 --for 30m --sound tick
  cadence play --count 40 --for 30m          at the low end of the target range
  cadence play '5m rest, 8m 160..168, 20m 168 cue 1m/1m, 5m rest'
  cadence play --file intervals.txt --cadence 160 --count-in 8
  cadence play 168 --accent left-right --pan --lead-in 1s

`cadence help show` has the language of workouts, and shows one before it is
played.

Keys on a terminal: up and down for 1 BPM, left and right for 5 %, space
mutes, r puts the beat where your foot lands, n is the next segment, q ends.

Keep the volume low enough to hear traffic.";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EncodingArg {
    /// Every sample, a third of a gigabyte an hour
    Wav,
    /// Every sample, 18 MB an hour
    Flac,
    /// For every player, 22 MB an hour
    Mp3,
    /// Ogg Vorbis, 5 MB an hour
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

#[derive(Debug, Args)]
struct RenderArgs {
    /// How long it goes on; a workout that ends by itself may be cut short
    #[arg(long = "for", value_name = "TIME", allow_hyphen_values = true)]
    length: Option<humantime::Duration>,
    /// The file to write, its name ending in .wav, .flac, .mp3 or .ogg; `-` is stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// Overwrite a file that exists
    #[arg(long, short)]
    force: bool,
    /// How the file is encoded, whatever its name ends in; without either it is WAV
    #[arg(long, value_enum)]
    encoding: Option<EncodingArg>,
    /// Frames per second, 8000 to 192000; FLAC has up to 96000, MP3 up to 48000
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate, allow_hyphen_values = true)]
    rate: SampleRate,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    what: WorkoutArgs,
    #[command(flatten)]
    sound: SoundArgs,
}

impl RenderArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence render 168 --for 30m -o click.wav
  cadence render --count 40 --for 30m -o click.wav
  cadence render '5m rest, 20m +5% fade' --cadence 160 -o run.wav
  cadence render 168 --for 1m -o - | aplay
  cadence render 168 --for 30m -o click.mp3        or .flac, or .ogg

A file is whole or not there: it gets its name when its last byte is written.";
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// End after this time
    #[arg(long = "for", value_name = "TIME", allow_hyphen_values = true)]
    length: Option<humantime::Duration>,
    /// Click at every step, or at every second one
    #[arg(long, value_enum, default_value_t = Per::Step)]
    per: Per,
    /// How to print the timeline
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    format: ShowFormat,
    #[command(flatten)]
    what: WorkoutArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// A picture and a table
    Text,
    /// One object
    Json,
}

impl ShowArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence show \"5m rest, 8m 160..168, 20m 168 cue 1m/1m, 5m rest\"
  cadence show \"10m base, 5x(1m +5%, 1m base)\" --cadence 160
  cadence show --file run.txt --count 40

A workout is made of segments, each behind a comma or on its own line:
  5m rest              no click
  10m 170              one tempo
  8m 160..168          a ramp from one tempo to another
  5x(1m 170, 1m rest)  a repeat
  20m 170 cue 1m/1m    click for a minute, none for a minute, over and over
  20m 170 fade         click until it is lost
  20m 170 silent       a tempo to hold without a click
  10m base, 5m +5%     relative to the runner's own cadence
  172                  one tempo that never ends
  # in a file          a comment";
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// The schedule
    #[arg(value_parser = preset(), required_unless_present = "list")]
    preset: Option<&'static Preset>,
    /// List the schedules and where they come from
    #[arg(long, conflicts_with = "preset")]
    list: bool,
    /// The day from which on runs are planned; today without it
    #[arg(long, value_name = "DATE", value_parser = date)]
    start: Option<Date>,
    /// The days of the week on which to run, such as mon,wed,sat
    #[arg(long)]
    days: Option<Days>,
    /// Percent to add to the cadence, instead of what the schedule has
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    raise: Option<Raise>,
    /// Steps a minute to add at a time, in a gradual plan [default: 5]
    #[arg(long, value_name = "SPM", allow_negative_numbers = true)]
    rise: Option<f64>,
    /// Weeks between two rises of a gradual plan [default: 2]
    #[arg(long, value_name = "WEEKS")]
    every: Option<u32>,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    format: PlanFormat,
    /// Write one audio file a run and a playlist into a folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    render: Option<PathBuf>,
    /// The encoding of those files
    #[arg(long, value_enum, default_value_t = EncodingArg::Mp3, requires = "render")]
    encoding: EncodingArg,
    /// Overwrite those that exist
    #[arg(long, requires = "render")]
    force: bool,
    #[command(flatten)]
    base: BaseArgs,
    #[command(flatten)]
    sound: SoundArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// Where it comes from, and a table
    Text,
    /// One object
    Json,
    /// One row a run
    Csv,
    /// A calendar that a phone imports
    Ics,
}

fn preset() -> impl TypedValueParser<Value = &'static Preset> {
    PossibleValuesParser::new(Preset::ALL.iter().map(Preset::name))
        .try_map(|name| Preset::named(&name))
}

fn rate(text: &str) -> Result<SampleRate, &'static str> {
    let hz = text
        .parse()
        .ok()
        .filter(|hz| (8_000..=192_000).contains(hz));
    hz.and_then(|hz| SampleRate::from_hz(hz).ok())
        .ok_or("write 8000 to 192000 Hz, such as 44100")
}

fn date(text: &str) -> Result<Date, &'static str> {
    text.parse()
        .map_err(|_| "not a date: write it such as 2026-12-01")
}

impl PlanArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence plan --list
  cadence plan faded8 --count 40
  cadence plan huber2024 --cadence 160 --raise 5 --days mon,sat
  cadence plan hafer2015 --cadence 160 --start 2026-12-01
  cadence plan gradual --cadence 160 --rise 1 --every 1 --format ics > runs.ics
  cadence plan faded8 --cadence 160 --render phone

Each run is a workout for `cadence play`. What was run is not stored: that
lives with the runner. A schedule from a study is not a treatment; stop if it
hurts.";
}

#[derive(Debug, Args)]
struct ReviewArgs {
    /// FIT, TCX or GPX, also packed by gzip; several files or a folder are compared; `-` is stdin
    #[arg(required = true, value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    /// Judge against these steps per minute: a range such as 168..176, or one tempo
    #[arg(
        long,
        value_name = "SPM",
        help_heading = "Target",
        conflicts_with = "cadence"
    )]
    target: Option<Target>,
    /// Judge against this cadence, raised; with --workout, what its tempi are relative to
    #[arg(long, value_name = "SPM", help_heading = "Target")]
    cadence: Option<Cadence>,
    /// Percent to add, to that cadence or to the one that is found: one number or a range
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "5..10",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    raise: Raise,
    /// How far from a single tempo still counts as kept
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = watch::TOLERANCE_PERCENT,
        help_heading = "Target"
    )]
    tolerance: f64,
    /// Judge against the workout in this file, segment by segment
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with = "target",
        help_heading = "Target"
    )]
    workout: Option<PathBuf>,
    /// Where in the workout the recording begins; -30s where it began before it
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        requires = "workout",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    offset: Offset,
    /// What the recorded cadence counts; found out without it
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Reading")]
    counts: Option<CountsArg>,
    /// Where walking ends and running begins, in steps per minute
    #[arg(
        long,
        value_name = "SPM",
        default_value_t = WALKING_BELOW_SPM,
        help_heading = "Reading"
    )]
    split: f64,
    /// Which activity of a recording that has several; the one with the most running without it
    #[arg(long, value_name = "NUMBER", help_heading = "Reading")]
    session: Option<usize>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = ReviewFormat::Text, help_heading = "Output")]
    format: ReviewFormat,
    /// What a row of CSV is, for one recording
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Rows::Second, help_heading = "Output")]
    rows: Rows,
    /// Print one number alone
    #[arg(
        long,
        value_enum,
        value_name = "NUMBER",
        conflicts_with = "format",
        help_heading = "Output"
    )]
    print: Option<ReviewNumber>,
    /// Draw and write with plain ASCII
    #[arg(long, help_heading = "Output")]
    ascii: bool,
    /// Also write the picture to this SVG file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    svg: Option<PathBuf>,
    /// Overwrite an SVG file that exists
    #[arg(long, short, requires = "svg", help_heading = "Output")]
    force: bool,
}

impl ReviewArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence review run.fit                     cadence, and the target from it
  cadence play +5% --cadence \"$(cadence review run.fit --print cadence)\"
  cadence review run.fit --target 168..176   how well that was kept
  cadence review run.fit --cadence 160 --raise 5
  cadence review run.fit --workout run.txt   with the cue and without it
  cadence review run.tcx.gz --svg run.svg
  cadence review runs/                       one row a run, and the trend

Only running is judged; walking and standing are told apart from it.
A damaged recording is told of as far as it goes, with exit status 1.";
}

/// Seconds, with a sign.
#[derive(Clone, Copy, Debug)]
struct Offset(f64);

/// `2m`, `-30s`.
impl FromStr for Offset {
    type Err = humantime::DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, length) = match text.strip_prefix('-') {
            Some(length) => (-1.0, length),
            None => (1.0, text),
        };
        Ok(Self(
            sign * humantime::parse_duration(length)?.as_secs_f64(),
        ))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CountsArg {
    /// Both feet
    Steps,
    /// One foot
    Strides,
}

impl From<CountsArg> for watch::Counts {
    fn from(counts: CountsArg) -> Self {
        match counts {
            CountsArg::Steps => Self::Steps,
            CountsArg::Strides => Self::Strides,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReviewFormat {
    /// To be read, with a picture
    Text,
    /// One object
    Json,
    /// One recording by the second or lap, several by the run
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rows {
    Second,
    Lap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReviewNumber {
    /// The running median
    Cadence,
    /// The running mean
    Mean,
    TargetLow,
    TargetMid,
    TargetHigh,
    /// Percent of the running time within the target
    Within,
}

#[derive(Debug, Args)]
struct DevicesArgs {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

impl DevicesArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence devices              `*` marks the default
  cadence play 168 --device pulse";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// One a line
    Text,
    /// One array
    Json,
}

#[derive(Debug, Args)]
struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence completions bash > /etc/bash_completion.d/cadence
  cadence completions zsh > ~/.zfunc/_cadence
  cadence completions fish > ~/.config/fish/completions/cadence.fish";
}

#[derive(Debug, Args)]
struct ManArgs {
    /// The command to describe; all of cadence without it
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl ManArgs {
    const EXAMPLES: &str = "\
Examples:
  cadence man | man -l -
  cadence man play > cadence-play.1";
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declarations_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_wrapped_by_hand_is_not_wrapped_again() {
        for command in Cli::command().get_subcommands() {
            let text = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let longest = text
                .lines()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or(0);
            assert!(longest < 80, "{}: {longest}", command.get_name());
        }
    }
}
