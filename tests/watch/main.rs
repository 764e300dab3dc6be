//! Recordings of watches: real ones where they are at hand, small ones written here, and damaged
//! ones.

#![allow(clippy::float_cmp)] // a test's expected value is a literal

mod damage;
mod made;
mod real;
mod workout_file;
mod writer;
mod xml;
