//! A line that a sensor's program writes: one value with its unit.

use std::str::FromStr;

/// A value as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Steps per minute: both feet counted.
    Steps(f64),
    /// Strides per minute: one foot counted.
    Strides(f64),
    /// A number alone, which may be either.
    Bare(f64),
}

impl Value {
    /// The largest number, whatever it counts: no foot is that fast. The project's own bound.
    pub const MAX: f64 = 400.0;
    /// The longest line that is read, in bytes. The project's own bound.
    pub const MAX_LINE: usize = 1_000;

    fn checked(number: f64) -> Result<f64, LineError> {
        if (0.0..=Self::MAX).contains(&number) {
            Ok(number)
        } else {
            Err(LineError::OutOfRange(number))
        }
    }
}

/// `168`, `168 spm`, `84 strides`, `84 rpm`, `{"cadence_spm": 168}`, `{"cadence_rpm": 84}`.
impl FromStr for Value {
    type Err = LineError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let line = line.trim();
        if line.starts_with('{') {
            return json(line);
        }
        let end = line
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(line.len());
        let (number, unit) = line.split_at(end);
        let number: f64 = number.parse().map_err(|_| LineError::NotAValue)?;
        let number = Self::checked(number)?;
        match unit.trim() {
            "" => Ok(Self::Bare(number)),
            "spm" | "steps" => Ok(Self::Steps(number)),
            "strides" | "rpm" => Ok(Self::Strides(number)),
            _ => Err(LineError::NotAValue),
        }
    }
}

/// An object with one of the known keys; others are left alone.
fn json(line: &str) -> Result<Value, LineError> {
    let object: serde_json::Value = serde_json::from_str(line).map_err(|_| LineError::NotAValue)?;
    let number = |key: &str| object.get(key).and_then(serde_json::Value::as_f64);
    if let Some(steps) = number("cadence_spm") {
        Value::checked(steps).map(Value::Steps)
    } else if let Some(strides) = number("cadence_rpm").or_else(|| number("cadence_strides")) {
        Value::checked(strides).map(Value::Strides)
    } else if let Some(number) = number("cadence") {
        Value::checked(number).map(Value::Bare)
    } else {
        Err(LineError::NotAValue)
    }
}

/// Why a line is not a value.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LineError {
    /// Not a number with a unit that is known.
    #[error("not a cadence: write 168, 168 spm, 84 strides, 84 rpm or {{\"cadence_spm\": 168}}")]
    NotAValue,
    /// More than any runner, or less than none.
    #[error("a cadence of {0} is out of range: 0 to {max}", max = Value::MAX)]
    OutOfRange(f64),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_a_number_with_its_unit_or_json() {
        for (line, value) in [
            ("168", Value::Bare(168.0)),
            (" 84.5 \r", Value::Bare(84.5)),
            ("168 spm", Value::Steps(168.0)),
            ("168spm", Value::Steps(168.0)),
            ("84 strides", Value::Strides(84.0)),
            ("84 rpm", Value::Strides(84.0)),
            ("0", Value::Bare(0.0)),
            (r#"{"cadence_spm": 168}"#, Value::Steps(168.0)),
            (r#"{"time": 3, "cadence_rpm": 84}"#, Value::Strides(84.0)),
            (r#"{"cadence": 84}"#, Value::Bare(84.0)),
        ] {
            assert_eq!(line.parse(), Ok(value), "{line}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "", "fast", "-3", "NaN", "inf", "1e3", "168 bpm", "{", "{}", "[168]",
        ] {
            assert_eq!(line.parse::<Value>(), Err(LineError::NotAValue), "{line}");
        }
        for (line, number) in [("401", 401.0), (r#"{"cadence_spm": -1}"#, -1.0)] {
            assert_eq!(line.parse::<Value>(), Err(LineError::OutOfRange(number)));
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line: String, json: String) {
            let _ = line.parse::<Value>();
            let _ = format!("{{{json}").parse::<Value>();
        }
    }
}
