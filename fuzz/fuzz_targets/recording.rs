//! What each target of a recording's format does with its bytes: reads them, judges what was read,
//! and must come to an end.

use cadence::review::{Rules, Run, Target, TimeInTarget};
use cadence::watch;

pub fn judge(begin: &[u8], bytes: &[u8]) {
    let bytes = [begin, bytes].concat();
    let Ok(recording) = watch::read(bytes.as_slice()) else {
        return;
    };
    let rules = Rules::default();
    let target: Target = "168..176".parse().expect("a target");
    for session in &recording.sessions {
        if let Ok(run) = Run::from_session(session, &rules) {
            let kept = TimeInTarget::of(&run.stretches, target, rules.split, run.start());
            assert!((kept.running_s() - run.summary.running_s).abs() < 1e-3 * (1.0 + kept.running_s()));
            let _ = (run.paces(), run.drift(), run.device_pools());
        }
    }
}
