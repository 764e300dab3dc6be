//! The keys of every JSON object that is printed, as the last part of each command's `--help`. Keys
//! stay; new ones may come.

/// `calc --format json`, and with `missed_taps` and `doubled_taps` `tap --format json`.
pub(crate) const CALC: &str = "\
JSON keys:
  cadence_spm        steps per minute, both feet
  uncertainty_spm    uncertainty to either side
  target_low_spm     the cadence raised by the low end of the raise,
  target_mid_spm     by its middle,
  target_high_spm    by its high end
  raise_low_percent, raise_high_percent
                     the raise
  target_low_true_raise_min_percent, target_low_true_raise_max_percent
                     actual raise of a click at target_low_spm, given the
                     uncertainty; null if that is as large as the cadence
  counts             counted steps
  feet               one or both
  time_s             length of the count
  stopwatch          whether the time was measured
  doubts             what looks wrong: walking, unusual, high (from 185 spm),
                     one_foot_counted, both_feet_counted, counts_disagree
  missed_taps, doubled_taps
                     for tap only

The shell format has the first seven. Numbers in text and shell formats have
one decimal, rounded half up, and no `.0`; JSON has full precision.";

/// `show --format json`.
pub(crate) const SHOW: &str = "\
JSON keys:
  length_s, clicks   of the whole; null if it never ends
  parts              each with
    kind             count_in or segment
    text             as it is written
    start_s, length_s, clicks
                     length and clicks are null if it never ends
    from_bpm, to_bpm null for a rest
    cue              on, silent, fade, on_off, or none for a rest
    cue_on_s, cue_off_s
                     for on_off only";

/// `plan --format json`, and its CSV.
pub(crate) const PLAN: &str = "\
JSON keys:
  plan               name, summary, source, caveats, assumed (this
                     project's choices where the source is silent)
  rules              what to know before the first run
  departures         differences between the plan and the schedule
  cadence_spm, raise_percent, days
  tolerance_percent  from --tolerance, else null
  total_runs         of the whole schedule, also with --from
  runs               each with run, date, target_bpm, length_s, workout,
                     warm_up_s, asked_s (what the schedule asks for, between
                     warm-up and cool-down), cool_down_s; the columns of the
                     CSV as well
  weeks              each of seven days from the first run, with week, from,
                     runs, length_s, asked_s, growth_percent (over the week
                     before; null for the first)

`plan --list --format json` is an array of such `plan` objects.";

/// `devices --format json`.
pub(crate) const DEVICES: &str = "\
JSON is an array; each device has name, description and default.";

/// `tempo --format json`, and its CSV.
#[cfg(feature = "music")]
pub(crate) const TEMPO: &str = "\
JSON keys of each track, one object per line; the columns of the CSV as well:
  file
  bpm                beats per minute; null if there is no beat
  cadence            steps per minute at half a step, one or two per beat
  sure               whether the tempo is certain
  reason             why it is not, in words; null if it is
  taken              measured or tag: where bpm comes from
  measured_bpm, tag_bpm
                     the measurement; the file's tag
  artist, title      by the tags
  seconds            length; null if the file could not be read
  gain_db            gain to -18 LUFS, by the tag
  lost_s             time that is missing from the file";

/// `playlist --format json`.
#[cfg(feature = "music")]
pub(crate) const PLAYLIST: &str = "\
JSON keys:
  sections           each with low_spm and high_spm (null in a rest), and
                     seconds (null if it never ends)
  seconds            length of the playlist
  missing_s          time that no track fills
  tracks             in their order, each with section (its index),
                     steps_per_beat, spm, and the keys of `cadence tempo`
  unsure             the tracks that were left out, as in `cadence tempo`
  outside            number of tracks that fit no section";

/// What `play --log FILE` writes.
pub(crate) const LOG: &str = "\
JSON keys of a line of the log, one per second; the columns of its CSV as well:
  time               RFC 3339, UTC
  cadence_spm        median of the last 3 s; null without one
  target_spm         tempo; null in a rest
  click              on or off
  base_spm           your own cadence, as given; null without it
  tolerance_percent  percent to either side that count as within

The last line of JSON is a summary, which `cadence review` computes anew:
  summary            tolerance_percent, base_spm, and
    all, with_click, without_click
                     seconds, within_s, within_percent, mean_spm,
                     mean_target_spm, raise_kept_percent; null without any";

/// `review --format json`.
pub(crate) const REVIEW: &str = "\
JSON keys of one recording:
  file, format, session, sessions
                     fit, tcx or gpx; the activity, and the number of them
  sport, start, utc_offset_s, duration_s
                     start is RFC 3339 in UTC, null if the watch had no date
  running_s, walking_s, standing_s, unknown_s
                     time in each gait, without pauses; unknown_s has no
                     value, or zero at speed
  moving_s           running, walking, and what has a speed only
  gap_s              time without a record
  cadence_spm        median cadence of running
  mean_spm, deviation_spm, percentile_10_spm, percentile_90_spm
                     of running
  mean_moving_spm, mean_with_zeros_spm
                     with walking; also with standing as zero
  running_speed_mps, distance_m
                     mean speed of running; distance of the whole
  split_spm          limit between walking and running
  records, records_with_cadence, records_zero, records_invalid,
  records_mean_spm
                     the records of the file; the mean counts each that is not
                     zero once
  basis              records, developer_field or laps
  factor, factor_counts, factor_reason, factor_doubtful
                     1 or 2; steps or strides; told, unit, values or pace
  device_average_spm, device_pools
                     the device's own average, and the time it covers:
                     running, moving, everything, gaps or unexplained
  target_low_spm, target_mid_spm, target_high_spm, raise_low_percent,
  raise_high_percent
                     the suggested target; null if a target, a cadence or
                     a workout was given
  drift_first_spm, drift_last_spm
                     the running median of the first and the last quarter;
                     null below ten minutes of running
  judged_low_spm, judged_high_spm
                     the given target; null without one
  kept               within_s, below_s, above_s, within_percent,
                     longest_within_s, longest_within_from_s; null without a
                     target
  target_kept        whether it was kept for half of the running time
  workout            null without --workout; else
    offset_s, tolerance_percent, base_spm, rest_spm
                     rest_spm is the running median of the rests
    segments         each with text, start_s, length_s, cue (as in `show`),
                     asked_spm (from and to), running_s, cadence_spm,
                     deviation_percent, within_percent
    with_cue, without_cue
                     running_s, mean_spm, deviation_percent, within_percent,
                     asked_mean_spm, raise_kept_percent (100: all of it),
                     raise_kept_uncertainty_percent (half of the 95 % interval)
    pauses, paused_s, pauses_assumed
                     number and length of the watch's pauses, and whether the
                     sound is assumed to pause with it or to play on without
  live               null except for a log of `cadence play`; else
    tolerance_percent, base_spm
    all, with_click, without_click
                     the keys of with_cue above
  laps               each with lap, start_s, the keys of time and cadence
                     above, and kept
  paces              classes of 10 s/km: pace_s_per_km (the fast end),
                     running_s, mean_spm
  faults             damage in the file, in words
  doubts             reasons to doubt the cadence, in words

JSON keys of several:
  runs               each with file, format, session, start, utc_offset_s,
                     duration_s, the keys of time and cadence,
                     cadence_at_pace_spm, kept, factor_doubtful, damaged;
                     with --jsonl one a line, without cadence_at_pace_spm
  judged_low_spm, judged_high_spm, comparable_pace_s_per_km
  trend_spm_per_month, trend_interval_spm_per_month, trend_runs, trend_days
                     a month is 30 days; the interval is half of the 95 % one;
                     null below five runs over three weeks
  baseline           the cadence to start from: spm (the median, recent runs
                     weighing most), low_spm and high_spm (the middle half),
                     runs, recent_runs (of the last four weeks)
  baseline_left_out  number of runs: doubtful, short (under 10 minutes),
                     other_pace, without_date

With --rows week, instead of those:
  weeks              each with week (its first day), runs, moving_s,
                     distance_m, runs_without_distance, time_change_percent,
                     distance_change_percent, growth_marked, longest_s,
                     longest_m, unfinished, weeks_left_out (without a run,
                     before it), and
    long_run         the run that is longest next to the 30 days before it:
                     date, measure (distance or time), length, longest_before,
                     change_percent, marked, window_whole (whether the
                     recordings go back 30 days)
  week_start, evidence
  time_zone_assumed, runs_without_date
                     number of runs: in this computer's time zone, since they
                     do not say theirs; in no week

With --plan, instead of those:
  verdict            in words
  schedule, done     its name; the number of runs that were done
  planned            each planned run with run, date, target_bpm, length_s,
                     asked_s, status (done, cut_short, missed or to_come),
                     days_off, long, within_percent (of what was asked),
                     with_cue and without_cue (as above), and
    recording        file, start, moving_s, cadence_spm; null without one
    same_day         other recordings of its day, each like that
  extra              recordings that are no run of the plan, each like that
  outside_plan, matched_by_order
                     number of recordings: before or after the plan; without
                     a date, taken in their order
  plan_weeks         each with week, planned and planned_s, runs and moving_s
  time_zone_assumed  as above

With any of them:
  recorded_twice, rides, walks, other_sports, without_cadence
                     number of files left out, by reason
  duplicates         file, and the file it is a copy of (of)
  overlapping        pairs of files: at one time, but not one run
  faults             file, fault

With --by-folder: folders, each with folder and those keys.";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cadence::live::{Follower, Value};
    use cadence::tolerance::Tolerance;
    use cadence::watch::LogRow;

    use super::*;

    #[test]
    fn every_key_of_a_live_run_s_log_is_on_the_page() {
        let row = LogRow {
            time: String::new(),
            cadence_spm: None,
            target_spm: None,
            click: String::new(),
            base_spm: None,
            tolerance_percent: None,
        };
        let mut follower = Follower::new(Tolerance::DEFAULT, None);
        follower.take(Value::Steps(168.0), Duration::ZERO);
        for second in 0..2 {
            follower.poll(Some(168.0), Duration::from_secs(second));
        }
        let row = serde_json::to_value(row).unwrap();
        let summary = serde_json::to_value(follower.summary(None)).unwrap();
        for object in [&row, &summary, &summary["all"]] {
            let keys = object.as_object().unwrap().keys();
            assert!(keys.len() > 4, "{object}");
            for key in keys {
                assert!(LOG.contains(key), "{key}");
            }
        }
        let mut columns: Vec<&str> = LogRow::CSV_HEADING.split(',').collect();
        columns.sort_unstable();
        let mut keys: Vec<&String> = row.as_object().unwrap().keys().collect();
        keys.sort_unstable();
        assert_eq!(columns, keys);
    }
}
