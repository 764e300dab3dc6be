//! From counts to a target range: `cargo run --example count_to_target -- 40 41 40`.

use std::error::Error;
use std::time::Duration;

use cadence::cadence::{Count, Feet, Method, Raise, Timing, one_decimal};

fn main() -> Result<(), Box<dyn Error>> {
    let counts = std::env::args()
        .skip(1)
        .map(|arg| arg.parse())
        .collect::<Result<Vec<Count>, _>>()?;
    let method = Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(30))?;
    let measured = method.measure(&counts)?.estimate();
    let target = measured.cadence().raised_by(Raise::DEFAULT)?;
    println!(
        "{} ±{}",
        measured.cadence(),
        one_decimal(measured.uncertainty_spm())
    );
    println!("{target}");
    Ok(())
}
