//! How well the target of a live run was kept, by the log of `cadence play --follow -`: with the
//! click and without it.

use serde::Serialize;

use super::adherence::{Adherence, Prescription};
use super::run::Run;
use super::stretch::MAX_GAP_S;
use crate::cadence::Cadence;
use crate::tolerance::Tolerance;
use crate::watch::{LiveTarget, LiveTargets};

/// How well the target of a live run was kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveAdherence {
    /// How far from the target still counts as within, in percent.
    pub tolerance_percent: f64,
    /// The runner's own cadence, where it is known.
    pub base_spm: Option<f64>,
    /// With the click and without it.
    pub all: Option<Adherence>,
    /// While the click was heard.
    pub with_click: Option<Adherence>,
    /// While it was silent.
    pub without_click: Option<Adherence>,
}

impl LiveAdherence {
    /// Judges a run by its log; `base` and `tolerance` overrule those in the log. `None` where the
    /// log has no target.
    #[must_use]
    pub fn of(
        run: &Run,
        live: &LiveTargets,
        base: Option<Cadence>,
        tolerance: Option<Tolerance>,
    ) -> Option<Self> {
        let logged = |spm| Cadence::from_spm(spm).ok();
        let base = base.or(live.base_spm.and_then(logged));
        let logged = |percent| Tolerance::from_percent(percent).ok();
        let tolerance = tolerance.or(live.tolerance_percent.and_then(logged));
        let tolerance_percent = tolerance.unwrap_or_default().percent();
        let targets = prescriptions(&live.rows);
        if targets.is_empty() {
            return None;
        }
        let judge = |is_counted: fn(bool) -> bool| {
            let targets = targets.iter().filter(|(_, is_heard)| is_counted(*is_heard));
            let targets: Vec<Prescription> = targets.map(|(target, _)| *target).collect();
            let stretches = &run.stretches;
            let kept = Adherence::of(stretches, &targets, tolerance_percent, run.split, base);
            Some(kept).filter(|kept| kept.running_s > 0.0)
        };
        Some(Self {
            tolerance_percent,
            base_spm: base.map(Cadence::spm),
            all: judge(|_| true),
            with_click: judge(|is_heard| is_heard),
            without_click: judge(|is_heard| !is_heard),
        })
    }
}

/// What each row prescribes until the next one, and whether the click was heard.
fn prescriptions(rows: &[LiveTarget]) -> Vec<(Prescription, bool)> {
    let mut rows: Vec<LiveTarget> = rows.to_vec();
    rows.sort_by_key(|row| row.at);
    let ends = rows.iter().skip(1).map(|row| Some(row.at)).chain([None]);
    let targets = rows.iter().zip(ends).filter_map(|(row, end)| {
        let spm = Cadence::from_spm(row.target_spm?).ok()?;
        let seconds = end.map_or(MAX_GAP_S, |end| end.seconds_since(row.at));
        let target = Prescription {
            start: row.at,
            seconds: seconds.min(MAX_GAP_S),
            from: spm,
            to: spm,
        };
        Some((target, row.is_heard))
    });
    targets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Rules;
    use crate::watch;

    /// 240 s at 168 with the click, then 240 s at 164 without it, by a log in either form.
    fn judged(base: Option<f64>, more: &str) -> LiveAdherence {
        let rows = (0..480).map(|second| {
            let (minute, second) = (second / 60, second % 60);
            let (spm, click) = if minute < 4 {
                (168, "on")
            } else {
                (164, "off")
            };
            format!("2026-12-01T07:{minute:02}:{second:02}Z,{spm},168,{click}{more}\n")
        });
        let text: String = rows.collect();
        let log = format!("time,cadence_spm,target_spm,click\n{text}");
        let session = &watch::read(log.as_bytes()).unwrap().sessions[0];
        let run = Run::from_session(session, &Rules::default()).unwrap();
        let base = base.map(|spm| Cadence::from_spm(spm).unwrap());
        LiveAdherence::of(&run, session.live.as_ref().unwrap(), base, None).unwrap()
    }

    #[test]
    fn the_shares_are_those_of_the_click_s_rows() {
        let live = judged(None, ",160,2");
        assert_eq!((live.base_spm, live.tolerance_percent), (Some(160.0), 2.0));
        let with_click = live.with_click.unwrap();
        assert_eq!(with_click.running_s, 240.0);
        assert_eq!(with_click.within_percent, Some(100.0));
        assert_eq!(with_click.raise_kept_percent, Some(100.0));
        // 164 is half of the raise from 160, and 2.4 % below 168.
        let without = live.without_click.unwrap();
        assert_eq!(without.running_s, 239.0);
        assert_eq!(without.within_percent, Some(0.0));
        assert_eq!(without.raise_kept_percent, Some(50.0));
        let all = live.all.unwrap();
        assert_eq!(all.running_s, 479.0);
        assert_eq!(all.within_percent.map(f64::round), Some(50.0));
    }

    #[test]
    fn what_was_never_run_without_the_click_is_none() {
        let log = "time,cadence_spm,target_spm,click\n\
            2026-12-01T07:00:00Z,168,168,on\n2026-12-01T07:00:10Z,168,168,on\n";
        let session = &watch::read(log.as_bytes()).unwrap().sessions[0];
        let run = Run::from_session(session, &Rules::default()).unwrap();
        let live = LiveAdherence::of(&run, session.live.as_ref().unwrap(), None, None).unwrap();
        assert_eq!(live.with_click.map(|it| it.running_s), Some(10.0));
        assert_eq!(live.without_click, None);
        let nothing = LiveTargets::default();
        assert_eq!(LiveAdherence::of(&run, &nothing, None, None), None);
    }

    #[test]
    fn an_older_log_has_the_usual_tolerance_and_no_base() {
        let live = judged(None, "");
        assert_eq!((live.base_spm, live.tolerance_percent), (None, 3.0));
        let without = live.without_click.unwrap();
        assert_eq!(without.within_percent, Some(100.0));
        assert_eq!(without.raise_kept_percent, None);
        let live = judged(Some(160.0), "");
        assert_eq!(live.without_click.unwrap().raise_kept_percent, Some(50.0));
    }
}
