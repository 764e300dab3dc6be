//! What was found in the files of a review, each run once.

use std::path::Path;
use std::sync::Arc;

use cadence::review::NoRun;
use cadence::review::history::Relation;
use cadence::review::weeks::Load;
use cadence::watch::{Sport, WatchError};

use super::find::{Candidate, Outcome};
use super::row::Row;
use crate::cli::report;
use crate::cli::text::counted;

/// In seconds.
const DAY_S: f64 = 24.0 * 3600.0;

/// What was found in all files, or in those of one folder.
#[derive(Default)]
pub(super) struct Found {
    /// The runs with a cadence, oldest first.
    pub(super) rows: Vec<Row>,
    /// The runs without one.
    pub(super) bare: Vec<Row>,
    pub(super) rides: u64,
    pub(super) others: u64,
    pub(super) walks: u64,
    pub(super) without_cadence: u64,
    pub(super) twice: u64,
    /// Which file is a copy of which.
    pub(super) duplicates: Vec<(Arc<Path>, Arc<Path>)>,
    /// Files that hold two runs at one time.
    pub(super) overlapping: Vec<(Arc<Path>, Arc<Path>)>,
    /// What could not be read, and why.
    pub(super) bad: Vec<(Arc<Path>, String)>,
}

impl Found {
    pub(super) fn take(&mut self, candidate: &Candidate, outcome: Outcome) {
        let path = || Arc::clone(&candidate.path);
        match outcome {
            // A folder holds other files too, the plan among them.
            Outcome::Failed(
                WatchError::UnknownFormat | WatchError::Empty | WatchError::Plan | WatchError::Json,
            ) if !candidate.named => {}
            Outcome::Failed(error) => self.bad.push((path(), report::chain(&error))),
            Outcome::Read {
                rows,
                others,
                faults,
            } => {
                self.bad
                    .extend(faults.into_iter().map(|fault| (path(), fault)));
                for why in others {
                    match why {
                        NoRun::NotOnFoot(Sport::Cycling) | NoRun::TooFast(_) => self.rides += 1,
                        NoRun::NotOnFoot(Sport::Hiking) | NoRun::TooSlow(_) => self.walks += 1,
                        NoRun::NotOnFoot(_) | NoRun::NotSteps(_) | NoRun::UnknownSport => {
                            self.others += 1;
                        }
                        NoRun::NoCadence => self.without_cadence += 1,
                        // Settings, courses and workouts are FIT files too.
                        NoRun::Empty => {}
                    }
                }
                for row in rows {
                    if row.summary.running_s > 0.0 || !row.has_cadence {
                        self.rows.push(row);
                    } else {
                        self.walks += 1;
                    }
                }
            }
        }
    }

    /// Oldest first, those without a date last, each run once; those without a cadence apart. The
    /// order of the files changes nothing. All in place, for there are thousands.
    pub(super) fn sort(&mut self) {
        self.rows.sort_unstable_by(|a, b| {
            let by_time = (!a.start.is_dated(), a.start).cmp(&(!b.start.is_dated(), b.start));
            by_time
                .then_with(|| a.path.cmp(&b.path))
                .then(a.session.cmp(&b.session))
        });
        let mut kept = 0;
        for index in 0..self.rows.len() {
            let (before, row) = self.rows.split_at_mut(index);
            let row = &mut row[0];
            let mut overlapping = None;
            // A copy with a shifted clock lies up to 14 hours away.
            let near = |before: &&mut Row| row.start.seconds_since(before.start) <= DAY_S;
            let same = before[..kept]
                .iter_mut()
                .rev()
                .take_while(near)
                .find(
                    |before| match before.fingerprint.relation(&row.fingerprint) {
                        Relation::Same => true,
                        Relation::Overlapping => {
                            overlapping = Some((before.path.clone(), row.path.clone()));
                            false
                        }
                        Relation::Apart => false,
                    },
                );
            if let Some(before) = same {
                self.twice += 1;
                if row.rank() > before.rank() {
                    std::mem::swap(before, row);
                }
                self.duplicates
                    .push((row.path.clone(), before.path.clone()));
            } else {
                self.overlapping.extend(overlapping);
                self.rows.swap(kept, index);
                kept += 1;
            }
        }
        self.rows.truncate(kept);
        self.bare = self.rows.extract_if(.., |row| !row.has_cadence).collect();
    }

    /// All runs, those without a cadence too: what counts for a week.
    pub(super) fn all_runs(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(&self.bare)
    }

    pub(super) fn loads(&self) -> Vec<Load> {
        self.all_runs().map(|row| row.load).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        let others = self.rides + self.others + self.walks + self.without_cadence;
        self.rows.is_empty() && others == 0
    }

    /// `3 runs, 1 more recorded twice, 1 ride`.
    pub(super) fn in_words(&self) -> String {
        let mut found = vec![counted(self.rows.len() as u64, "run")];
        let left_out = [
            (self.twice, "more recorded twice"),
            (self.rides, "rides"),
            (self.walks, "walks"),
            (self.others, "of other sports"),
            (self.without_cadence, "without cadence"),
        ];
        found.extend(left_out.into_iter().filter(|(number, _)| *number > 0).map(
            |(number, what)| match (number, what.strip_suffix('s')) {
                (1, Some(one)) if what != "of other sports" => format!("1 {one}"),
                _ => format!("{number} {what}"),
            },
        ));
        found.join(", ")
    }
}
