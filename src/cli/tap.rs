//! `cadence tap`: a count by tapping, on a terminal or from times on stdin.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;

use cadence::cadence::{CadenceError, Feet};
use cadence::number::one_decimal;
use cadence::printable::Printable;
use cadence::taps::{TapError, TapMeasurement};

use crate::cli::args::{FeetArg, RaiseArgs};
use crate::cli::calc::{Calculation, Counted, Hints, OutputArgs, Slips};
use crate::cli::input;
use crate::cli::report::{self, Error};
use crate::cli::terminal::{Input, Interrupt, Interrupts, Key, StatusLine, Waited};
use crate::cli::text::{clock, counted, in_words};

#[derive(Debug, Args)]
pub(crate) struct TapArgs {
    /// Tap for one foot or for both feet
    #[arg(long, value_enum, default_value_t = FeetArg::One)]
    pub(crate) feet: FeetArg,
    #[command(flatten)]
    pub(crate) raise: RaiseArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl TapArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence tap                       any key at each landing of one foot
  cadence tap --feet both --print target-low
  cadence tap < times.txt           a time in seconds on each line

Tapping ends after 32 taps, after 30 s, or when you press Enter; Esc cancels.
If stdin is not a terminal, times are read to its end. Missed and doubled taps
are reported and make the result less certain.

Start only when easy running is free of pain; stop if it hurts.";
}

/// The taps after which it ends by itself: about 24 s of one foot.
const TAPS: usize = 32;

/// The time after the first tap at which it ends by itself.
const LONGEST: Duration = Duration::from_secs(30);

/// Between two looks at the clock while no key is pressed.
const LOOK: Duration = Duration::from_millis(100);

impl TapArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let times = if io::stdin().is_terminal() {
            self.tapped()?
        } else {
            read(io::stdin().lock())?
        };
        let feet = Feet::from(self.feet);
        let tapped = TapMeasurement::measure(&times, feet)
            .map_err(|error| Error::Usage(with_other_feet(&error, feet)))?;
        let slips = Slips {
            missed_taps: tapped.missed(),
            doubled_taps: tapped.doubled(),
        };
        warn(slips);
        let taps = counted(tapped.taps() as u64, "tap");
        let how = Counted {
            how: format!("{taps} of {} in {}", feet, in_words(tapped.time())),
            numbers: vec![u32::try_from(tapped.taps()).unwrap_or(u32::MAX)],
            feet,
            time_s: tapped.time().as_secs_f64(),
            stopwatch: false,
            taps: Some(slips),
        };
        let estimate = tapped.estimate();
        let doubts = estimate.doubts(feet);
        Hints::Printed.of_doubts(&doubts, estimate);
        self.output.write(
            out,
            &Calculation::new(estimate, doubts, self.raise.raise(), how, Hints::Printed)?,
        )
    }

    /// The times of keys, until there are enough.
    fn tapped(&self) -> Result<Vec<Duration>, Error> {
        let interrupts =
            Interrupts::catch().map_err(|error| Error::failed("cannot catch interrupts", error))?;
        let feet = Feet::from(self.feet);
        let landing = match feet {
            Feet::One => "each landing of one foot",
            Feet::Both => "each step",
        };
        let mut status = StatusLine::on_terminal();
        if status.is_some() {
            report::note(&format!(
                "tap any key at {landing}; Enter ends, Esc cancels"
            ));
        }
        let times = until_enough(&interrupts, feet, status.as_mut());
        if let Some(status) = &mut status {
            status.clear();
        }
        times
    }
}

fn until_enough(
    interrupts: &Interrupts,
    feet: Feet,
    mut status: Option<&mut StatusLine>,
) -> Result<Vec<Duration>, Error> {
    let mut input = Input::of_stdin();
    let mut first: Option<Instant> = None;
    let mut times = Vec::new();
    loop {
        if let Some(interrupt) = interrupts.caught() {
            return Err(Error::Stopped(interrupt));
        }
        if !input.listens() {
            return Err(Error::Failed {
                tried: "cannot read keys in the background".into(),
                cause: None,
            });
        }
        if let Some(status) = &mut status {
            status.show(&live(&times, first, feet));
        }
        if times.len() == TAPS || first.is_some_and(|first| first.elapsed() >= LONGEST) {
            return Ok(times);
        }
        match input.wait(Instant::now() + LOOK) {
            Waited::Gone => return Err(Error::Stopped(Interrupt::HANG_UP)),
            Waited::Key(Key::Escape, _) => return Err(Error::Stopped(Interrupt::CTRL_C)),
            Waited::Key(Key::Enter, _) => return Ok(times),
            Waited::Key(Key::Combined, _) | Waited::Woken => {}
            Waited::Key(_, pressed) => {
                let first = *first.get_or_insert(pressed);
                times.push(pressed.duration_since(first));
            }
        }
    }
}

/// `12 taps  0:08  161 ±3 spm`
fn live(times: &[Duration], first: Option<Instant>, feet: Feet) -> String {
    let taps = counted(times.len() as u64, "tap");
    let elapsed = clock(first.map_or(Duration::ZERO, |first| first.elapsed()));
    match TapMeasurement::measure(times, feet) {
        Ok(tapped) => {
            let estimate = tapped.estimate();
            let spm = one_decimal(estimate.cadence().spm().round());
            format!(
                "{taps}  {elapsed}  {spm} ±{} spm",
                one_decimal(estimate.uncertainty_spm())
            )
        }
        Err(TapError::Pause(_)) => {
            format!("{taps}  {elapsed}  a pause: press Esc and start over")
        }
        Err(_) => format!("{taps}  {elapsed}"),
    }
}

/// Times in seconds, one a line.
fn read(stdin: impl BufRead) -> Result<Vec<Duration>, Error> {
    let mut times = Vec::new();
    for line in input::numbers(stdin) {
        let (number, line) = line?;
        let seconds = line.parse().ok();
        let time = seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| {
                Error::Usage(format!(
                    "line {number} of stdin: '{}' is not a time: write seconds, such as 12.34",
                    Printable(&line)
                ))
            })?;
        times.push(time);
    }
    Ok(times)
}

/// An error's text, with the option that would make the taps plausible.
fn with_other_feet(error: &TapError, feet: Feet) -> String {
    match (error, feet) {
        (TapError::Cadence(CadenceError::OutOfRange(spm)), Feet::One) => {
            let half = one_decimal(spm / 2.0);
            format!("{error}; if every step was tapped, --feet both makes it {half} spm")
        }
        _ => error.to_string(),
    }
}

fn warn(slips: Slips) {
    match slips.missed_taps {
        0 => {}
        1 => report::warn("a tap was missed: its landing is counted"),
        many => report::warn(&format!(
            "{many} taps were missed: their landings are counted"
        )),
    }
    match slips.doubled_taps {
        0 => {}
        1 => report::warn("a tap came twice: the double is ignored"),
        many => report::warn(&format!("{many} taps came twice: the doubles are ignored")),
    }
}
