//! What to write instead of arguments that clap refuses, where likeness of words is not enough.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Words that people try for the command that plays.
const PLAY: [&str; 4] = ["metronome", "click", "beat", "start"];

/// Words that people try for `--for`.
const FOR: [&str; 4] = ["--duration", "--length", "--minutes", "--stop"];

/// Commands that have `--for`.
const WITH_FOR: [&str; 3] = ["cadence play ", "cadence render ", "cadence show "];

/// Adds to an error what was likely meant.
pub(crate) fn add(error: &mut clap::Error) {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let tip = match error.get(ContextKind::InvalidSubcommand) {
                Some(ContextValue::String(word)) => instead_of_command(word),
                _ => None,
            };
            if let Some(tip) = tip {
                error.remove(ContextKind::SuggestedSubcommand);
                error.insert(
                    ContextKind::Suggested,
                    ContextValue::StyledStrs(vec![StyledStr::from(tip)]),
                );
            }
        }
        ErrorKind::UnknownArgument => {
            let is_for = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::String(option)) => FOR.contains(&option.as_str()),
                _ => false,
            };
            let usage = error.get(ContextKind::Usage);
            let usage = usage.map(ToString::to_string).unwrap_or_default();
            if is_for && WITH_FOR.iter().any(|command| usage.contains(command)) {
                error.remove(ContextKind::Suggested);
                error.insert(
                    ContextKind::SuggestedArg,
                    ContextValue::String("--for".to_owned()),
                );
            }
        }
        _ => {}
    }
}

/// `cadence 40` counts, `cadence 168` and `cadence metronome` play.
fn instead_of_command(word: &str) -> Option<String> {
    if PLAY.contains(&word) {
        return Some("the metronome is 'cadence play', such as 'cadence play 168'".to_owned());
    }
    match word.parse::<u32>().ok()? {
        // Of both feet in half a minute, a runner takes at most about 110.
        count @ 1..=110 => Some(format!(
            "for {count} counted steps, use 'cadence calc {count}'"
        )),
        tempo @ 111..=400 => Some(format!("for a click, use 'cadence play {tempo}'")),
        _ => None,
    }
}
