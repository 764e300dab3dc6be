//! `cadence calc`: counted steps become a cadence and its target range.

use std::io::{BufRead, Write};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

use cadence::cadence::{
    Cadence, CadenceError, Count, Doubt, Estimate, Feet, HIGH_FROM_SPM, Measurement, Method, Raise,
    STUDIED_RAISE_PERCENT, TargetRange, Timing, UNUSUAL_ABOVE_SPM, WALKING_BELOW_SPM,
};
use cadence::number::{one_decimal, signed};

use crate::cli::args::{Counting, FeetArg, RaiseArgs, SAFETY};
use crate::cli::input;
use crate::cli::report::{self, Error};
use crate::cli::text;

#[derive(Debug, Args)]
pub(crate) struct CalcArgs {
    /// Counted steps; several counts are averaged; `-` reads lines from stdin
    #[arg(required = true, value_name = "COUNT", allow_negative_numbers = true)]
    pub(crate) counts: Vec<CountSource>,
    #[command(flatten)]
    pub(crate) counting: Counting,
    #[command(flatten)]
    pub(crate) raise: RaiseArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl CalcArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence calc 40                           one foot, 30 s
  cadence calc 80 --feet both
  cadence calc 40 41 40                     average three counts
  cadence calc 50 --time 37.4s --stopwatch  50 strides took 37.4 s
  cadence play \"$(cadence calc 40 --print target-low)\"

Start the clock at any moment, not as a foot lands; or start on a landing and
count it as zero. Starting on a landing shifts every count the same way, by
about 2 spm, so averaging does not remove the error.";

    /// What `--help` adds.
    pub(crate) const NOTES: &str = "\
A count in a fixed time is off by less than one; the mean of n counts, by less
than one divided by the square root of n. Numbers have at most one decimal,
rounded half up; JSON has full precision.";
}

/// How `calc` and `tap` print their result.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Print only this number
    #[arg(long, value_enum, value_name = "NUMBER", conflicts_with = "format")]
    pub(crate) print: Option<Number>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned text
    Text,
    /// One JSON object
    Json,
    /// Shell assignments, safe to `eval`
    Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Number {
    Cadence,
    Uncertainty,
    TargetLow,
    TargetMid,
    TargetHigh,
}

/// A count as an argument.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CountSource {
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

impl CalcArgs {
    pub(crate) fn run(&self, stdin: impl BufRead, out: &mut impl Write) -> Result<(), Error> {
        let counts = counts(&self.counts, stdin)?;
        let result = self
            .counting
            .calculate(&counts, self.raise.raise(), Hints::Printed)?;
        self.output.write(out, &result)?;
        if self.output.is_text() {
            writeln!(out, "{SAFETY}")?;
        }
        Ok(())
    }
}

impl OutputArgs {
    fn is_text(&self) -> bool {
        self.print.is_none() && self.format == Format::Text
    }

    /// Prints a result as it was asked for.
    pub(crate) fn write(&self, out: &mut impl Write, result: &Calculation) -> Result<(), Error> {
        match (self.print, self.format) {
            (Some(number), _) => writeln!(out, "{}", one_decimal(result.number(number)))?,
            (None, Format::Text) => write!(out, "{}", result.text())?,
            (None, Format::Json) => report::json(out, &result.json())?,
            (None, Format::Shell) => write!(out, "{}", result.shell())?,
        }
        Ok(())
    }
}

/// The counts in the order they were given, those of stdin in their place.
fn counts(sources: &[CountSource], stdin: impl BufRead) -> Result<Vec<Count>, Error> {
    let mut lines = input::numbers(stdin);
    let mut counts = Vec::new();
    for source in sources {
        match source {
            CountSource::Given(count) => counts.push(*count),
            CountSource::Stdin => {
                for line in lines.by_ref() {
                    let (number, line) = line?;
                    let count = line.parse().map_err(|error| {
                        Error::Usage(format!("line {number} of stdin: {error}"))
                    })?;
                    counts.push(count);
                }
            }
        }
    }
    Ok(counts)
}

impl Counting {
    /// Whether anything of it was chosen.
    pub(crate) fn is_default(&self) -> bool {
        self.time == Duration::from_secs(30) && matches!(self.feet, FeetArg::One) && !self.stopwatch
    }

    /// What the counts show, with a warning on stderr for what looks wrong.
    pub(crate) fn measure(&self, counts: &[Count], hints: Hints) -> Result<Measurement, Error> {
        let timing = if self.stopwatch {
            Timing::Stopwatch
        } else {
            Timing::FixedTime
        };
        let method = Method::new(self.feet.into(), timing, self.time).map_err(Error::usage)?;
        let measured = method
            .measure(counts)
            .map_err(|error| Error::Usage(with_other_feet(&error)))?;
        hints.of_doubts(&measured.doubts(), measured.estimate);
        Ok(measured)
    }

    /// The same, with the target that a raise makes of it.
    pub(crate) fn calculate(
        &self,
        counts: &[Count],
        raise: Raise,
        hints: Hints,
    ) -> Result<Calculation, Error> {
        let measured = self.measure(counts, hints)?;
        let method = measured.method;
        let steps: Vec<String> = counts
            .iter()
            .map(|count| count.steps().to_string())
            .collect();
        let noun = if steps == ["1"] { "step" } else { "steps" };
        let time = text::in_words(method.time());
        let counted = Counted {
            how: format!("{} {noun} of {} in {time}", steps.join(", "), method.feet()),
            numbers: counts.iter().map(|count| count.steps()).collect(),
            feet: method.feet(),
            time_s: method.time().as_secs_f64(),
            stopwatch: self.stopwatch,
            taps: None,
        };
        Calculation::new(measured.estimate, measured.doubts(), raise, counted, hints)
    }
}

/// Whether to print hints about doubtful input on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hints {
    Printed,
    Silent,
}

impl Hints {
    /// Unless the user asked for silence.
    pub(crate) fn unless(quiet: bool) -> Self {
        if quiet { Self::Silent } else { Self::Printed }
    }

    /// What looks wrong about a cadence.
    pub(crate) fn of_doubts(self, doubts: &[Doubt], estimate: Estimate) {
        for doubt in doubts.iter().filter(|_| self == Self::Printed) {
            report::warn(&hint(*doubt, estimate.cadence()));
        }
    }

    /// What is doubtful about raising a cadence that was given.
    pub(crate) fn of_cadence(self, cadence: Cadence) {
        if let Some(doubt) = cadence.doubt().filter(|_| self == Self::Printed) {
            report::warn(&hint(doubt, cadence));
        }
    }

    /// A cadence that nothing is relative to.
    pub(crate) fn of_ignored(self, option: &str) {
        if self == Self::Printed {
            report::warn(&format!(
                "{option} is not used: no tempo here is relative to your cadence, as +5% would be"
            ));
        }
    }

    /// A raise that is more than any that was studied.
    pub(crate) fn of_raise(self, raise: Raise) {
        if self == Self::Printed && !raise.is_studied() {
            report::warn(&format!(
                "{raise} is more than the +{STUDIED_RAISE_PERCENT}% that studies tried"
            ));
        }
    }
}

/// An error's text, with the option that would make the count plausible.
fn with_other_feet(error: &CadenceError) -> String {
    match error {
        CadenceError::Counted {
            method,
            other_feet: Some(other),
            ..
        } => match method.feet() {
            Feet::One => {
                format!("{error}; if both feet were counted, --feet both makes it {other}")
            }
            Feet::Both => format!("{error}; if one foot was counted, --feet one makes it {other}"),
        },
        _ => error.to_string(),
    }
}

fn hint(doubt: Doubt, cadence: Cadence) -> String {
    match doubt {
        Doubt::Walking => {
            format!("{cadence} is probably walking: runners take {WALKING_BELOW_SPM} spm and more")
        }
        Doubt::Unusual => {
            format!(
                "{cadence} is unusual, above {UNUSUAL_ABOVE_SPM} spm: are the count and the time right?"
            )
        }
        Doubt::High => {
            format!(
                "{cadence} is high already: raising it may not be what you want (from \
                 {HIGH_FROM_SPM} spm up, this project's threshold)"
            )
        }
        Doubt::OneFootCounted { both } => {
            format!(
                "{cadence} is half of a runner's cadence: if one foot was counted, --feet one makes it {both}"
            )
        }
        Doubt::BothFeetCounted { half } => {
            format!("{cadence} is unusual: if both feet were counted, --feet both makes it {half}")
        }
        Doubt::CountsDisagree => {
            "the counts differ by more than miscounting explains: was the pace the same?".to_owned()
        }
    }
}

/// What was counted, for the report.
#[derive(Debug)]
pub(crate) struct Counted {
    /// `40 steps of one foot in 30s`
    pub(crate) how: String,
    pub(crate) numbers: Vec<u32>,
    pub(crate) feet: Feet,
    pub(crate) time_s: f64,
    pub(crate) stopwatch: bool,
    /// What was found among taps.
    pub(crate) taps: Option<Slips>,
}

/// Slips of the thumb that were found.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Slips {
    pub(crate) missed_taps: usize,
    pub(crate) doubled_taps: usize,
}

/// What `calc` and `tap` print.
#[derive(Debug)]
pub(crate) struct Calculation {
    estimate: Estimate,
    doubts: Vec<Doubt>,
    raise: Raise,
    target: TargetRange,
    counted: Counted,
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
struct Json<'a> {
    cadence_spm: f64,
    uncertainty_spm: f64,
    target_low_spm: f64,
    target_mid_spm: f64,
    target_high_spm: f64,
    raise_low_percent: f64,
    raise_high_percent: f64,
    target_low_true_raise_min_percent: Option<f64>,
    target_low_true_raise_max_percent: Option<f64>,
    counts: &'a [u32],
    feet: &'static str,
    time_s: f64,
    stopwatch: bool,
    doubts: Vec<&'static str>,
    #[serde(flatten)]
    taps: Option<Slips>,
}

impl Calculation {
    /// The target that follows from a cadence.
    pub(crate) fn new(
        estimate: Estimate,
        doubts: Vec<Doubt>,
        raise: Raise,
        counted: Counted,
        hints: Hints,
    ) -> Result<Self, Error> {
        let target = estimate.cadence().raised_by(raise).map_err(Error::usage)?;
        hints.of_raise(raise);
        Ok(Self {
            estimate,
            doubts,
            raise,
            target,
            counted,
        })
    }

    pub(crate) fn cadence(&self) -> cadence::cadence::Cadence {
        self.estimate.cadence()
    }

    fn number(&self, number: Number) -> f64 {
        match number {
            Number::Cadence => self.estimate.cadence().spm(),
            Number::Uncertainty => self.estimate.uncertainty_spm(),
            Number::TargetLow => self.target.low().spm(),
            Number::TargetMid => self.target.mid().spm(),
            Number::TargetHigh => self.target.high().spm(),
        }
    }

    /// Two aligned lines.
    pub(crate) fn text(&self) -> String {
        let cadence = self.cadence_text();
        let target = self.target.to_string();
        let width = text::width(&cadence).max(text::width(&target));
        let low = one_decimal(self.target.low().spm());
        let truly = self
            .estimate
            .true_raise_percent(self.target.low())
            .map(|(least, most)| (signed(least), signed(most)))
            .filter(|(least, most)| least != most)
            .map(|(least, most)| format!(" ({low} is really {least}% to {most}%)"));
        format!(
            "cadence  {cadence:width$}  {}\ntarget   {target:width$}  {}{}\n",
            self.counted.how,
            self.raise,
            truly.unwrap_or_default()
        )
    }

    /// The first of them alone, for those who have a target of their own.
    pub(crate) fn cadence_line(&self) -> String {
        format!("cadence  {}  {}", self.cadence_text(), self.counted.how)
    }

    /// `160 ±4 spm`
    fn cadence_text(&self) -> String {
        let spm = one_decimal(self.estimate.cadence().spm());
        format!(
            "{spm} ±{} spm",
            one_decimal(self.estimate.uncertainty_spm())
        )
    }

    fn json(&self) -> Json<'_> {
        let (least, most) = self.estimate.true_raise_percent(self.target.low()).unzip();
        Json {
            cadence_spm: self.number(Number::Cadence),
            uncertainty_spm: self.number(Number::Uncertainty),
            target_low_spm: self.number(Number::TargetLow),
            target_mid_spm: self.number(Number::TargetMid),
            target_high_spm: self.number(Number::TargetHigh),
            raise_low_percent: self.raise.low_percent(),
            raise_high_percent: self.raise.high_percent(),
            target_low_true_raise_min_percent: least,
            target_low_true_raise_max_percent: most,
            counts: &self.counted.numbers,
            feet: self.counted.feet.name(),
            time_s: self.counted.time_s,
            stopwatch: self.counted.stopwatch,
            doubts: self.doubts.iter().map(|doubt| doubt.name()).collect(),
            taps: self.counted.taps,
        }
    }

    /// Names and numbers only, so that there is nothing to quote.
    fn shell(&self) -> String {
        [
            ("cadence_spm", self.number(Number::Cadence)),
            ("uncertainty_spm", self.number(Number::Uncertainty)),
            ("target_low_spm", self.number(Number::TargetLow)),
            ("target_mid_spm", self.number(Number::TargetMid)),
            ("target_high_spm", self.number(Number::TargetHigh)),
            ("raise_low_percent", self.raise.low_percent()),
            ("raise_high_percent", self.raise.high_percent()),
        ]
        .map(|(name, value)| format!("{name}={}\n", one_decimal(value)))
        .concat()
    }
}
