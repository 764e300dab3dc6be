//! From counts to a target range: `cargo run --example count_to_target -- 40 41 40`.

use std::error::Error;
use std::time::Duration;

use cadence::number::one_decimal;
use cadence::{Count, Feet, Method, Raise, Timing};

fn main() -> Result<(), Box<dyn Error>> {
    let counts = std::env::args()
        .skip(1)
        .map(|arg| arg.parse())
        .collect::<Result<Vec<Count>, _>>()?;
    let method = Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(30))?;
    let estimate = method.measure(&counts)?.estimate;
    let target = estimate.cadence().raised_by(Raise::DEFAULT)?;
    println!(
        "{} ±{}",
        estimate.cadence(),
        one_decimal(estimate.uncertainty_spm())
    );
    println!("{target}");
    Ok(())
}
