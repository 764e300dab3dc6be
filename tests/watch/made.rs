//! Recordings made here, each with one thing that real ones have.

use cadence::review::{Basis, FactorReason, NoRun, Rules, Run};
use cadence::watch::{self, Counts, Fault, Format, Reading, Recording, Sport, WatchError};

use super::writer::{Fit, START, START_UNIX, fit, gpx, tcx};

pub(crate) fn read(bytes: &[u8]) -> Recording {
    watch::read(bytes).unwrap()
}

/// The one run of a recording.
#[track_caller]
fn only_run(recording: &Recording) -> Run {
    let [session] = &recording.sessions[..] else {
        panic!("{} sessions", recording.sessions.len());
    };
    Run::from_session(session, &Rules::default()).unwrap()
}

#[track_caller]
fn median(bytes: &[u8]) -> f64 {
    let recording = read(bytes);
    assert_eq!(recording.faults, []);
    only_run(&recording).summary.median_spm.unwrap()
}

/// Records of time and strides with an event of the timer wherever strides are none.
fn with_timer(records: &[(u32, Option<u8>)]) -> Vec<u8> {
    let mut file = Fit::default()
        .define(0, 20, &[(253, 4, 0x86), (4, 1, 2)])
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .define(2, 21, &[(253, 4, 0x86), (0, 1, 0), (1, 1, 0)]);
    let mut stopped = false;
    for (second, strides) in records {
        let time = (START + second).to_le_bytes();
        file = if let Some(strides) = strides {
            file.data(0, &[&time, &[*strides]])
        } else {
            stopped = !stopped;
            file.data(2, &[&time, &[0, if stopped { 4 } else { 0 }]])
        };
    }
    file.data(1, &[&(START + 100).to_le_bytes(), &[1]]).file()
}

#[test]
fn one_run_is_the_same_in_all_formats_packed_or_not() {
    let strides = [80, 82, 84, 84, 86, 0, 30];
    let files = [
        (Format::Fit, fit(START, &strides)),
        (Format::Tcx, tcx(START_UNIX, &strides).into_bytes()),
        (Format::Gpx, gpx(START_UNIX, &strides).into_bytes()),
    ];
    for (format, file) in files {
        for bytes in [file.clone(), packed(&file)] {
            let recording = read(&bytes);
            assert_eq!(
                (recording.format, &recording.faults[..]),
                (format, [].as_slice())
            );
            let run = only_run(&recording);
            // Each value holds for a second, the last for none; zero at 3 m/s is a dropout.
            let summary = run.summary;
            assert_eq!(summary.median_spm, Some(168.0), "{format}");
            assert_eq!(summary.mean_spm, Some(166.4), "{format}");
            let times = [summary.running_s, summary.walking_s, summary.unknown_s];
            assert_eq!(times, [5.0, 0.0, 1.0], "{format}");
            assert_eq!(run.start().unix_ms(), START_UNIX * 1000);
            assert_eq!(run.sport, Sport::Running);
            let speed = summary.running_speed_mps.unwrap();
            assert!((speed - 3.0).abs() < 0.01, "{format}: {speed}");
        }
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn time_in_a_pause_does_not_count_nor_what_was_recorded_in_it() {
    // 80 for 2 s, a pause of 100 s with a record in it, then 90 for 1 s; the record at the stop has
    // no time left.
    let file = with_timer(&[
        (0, Some(80)),
        (1, Some(80)),
        (2, Some(80)),
        (2, None),
        (50, Some(120)),
        (102, None),
        (102, Some(90)),
        (103, Some(90)),
    ]);
    let run = only_run(&read(&file));
    let held: Vec<(f64, f64)> = run
        .stretches
        .iter()
        .map(|stretch| (stretch.spm().unwrap(), stretch.seconds()))
        .collect();
    assert_eq!(
        held,
        [
            (160.0, 1.0),
            (160.0, 1.0),
            (160.0, 0.0),
            (180.0, 1.0),
            (180.0, 0.0)
        ]
    );
    assert_eq!(run.summary.running_s, 3.0);
}

#[test]
fn a_stop_that_no_start_follows_ends_nothing() {
    let file = with_timer(&[
        (0, Some(80)),
        (1, Some(80)),
        (1, None),
        (2, Some(80)),
        (3, Some(80)),
    ]);
    assert_eq!(only_run(&read(&file)).summary.running_s, 3.0);
}

#[test]
fn a_value_holds_for_15_seconds_at_most() {
    // Smart recording: 5 s, then a gap of a minute, of which 15 s count.
    let file = with_timer(&[(0, Some(80)), (5, Some(90)), (65, Some(80))]);
    let summary = only_run(&read(&file)).summary;
    assert_eq!(summary.running_s, 20.0);
    // (5 · 160 + 15 · 180) / 20
    assert_eq!(summary.mean_spm, Some(175.0));
}

#[test]
fn records_of_one_moment_are_merged() {
    let file = with_timer(&[(0, Some(80)), (1, Some(80)), (1, Some(90)), (2, Some(80))]);
    let run = only_run(&read(&file));
    assert_eq!(run.records.total, 4);
    let spm: Vec<_> = run
        .stretches
        .iter()
        .map(|stretch| stretch.spm().unwrap())
        .collect();
    assert_eq!(spm, [160.0, 170.0, 160.0]);
}

#[test]
fn records_out_of_order_are_put_in_order() {
    let file = with_timer(&[(2, Some(90)), (0, Some(80)), (1, Some(85)), (3, Some(80))]);
    let run = only_run(&read(&file));
    let spm: Vec<_> = run
        .stretches
        .iter()
        .map(|stretch| stretch.spm().unwrap())
        .collect();
    assert_eq!(spm, [160.0, 170.0, 180.0, 160.0]);
}

#[test]
fn values_that_say_no_value_are_dropped() {
    let fit_file = fit(START, &[80, 255, 254, 80, 80]);
    // FIT's own invalid value never comes to be a field; 254 does.
    let recording = read(&fit_file);
    let readings: Vec<Reading> = recording.sessions[0]
        .records
        .iter()
        .map(|record| record.cadence)
        .collect();
    let raw = Reading::from_number(80.0).unwrap();
    assert_eq!(
        readings,
        [raw, Reading::Missing, Reading::Invalid, raw, raw]
    );
    let run = only_run(&recording);
    assert_eq!((run.records.with_cadence, run.records.invalid), (3, 1));
    assert_eq!((run.summary.running_s, run.summary.unknown_s), (2.0, 2.0));
    for text in [
        tcx(START_UNIX, &[80, 255, 254, 80, 80]),
        gpx(START_UNIX, &[80, 255, 254, 80, 80]),
    ] {
        let run = only_run(&read(text.as_bytes()));
        assert_eq!((run.records.with_cadence, run.records.invalid), (3, 2));
    }
}

/// A record with a cadence that a foot pod's app describes: name, unit, and whether it says which
/// native field it stands for.
fn developer(unit: &str, native: u8, values: &[(u8, u8)]) -> Vec<u8> {
    let mut name = *b"Cadence\0";
    name[7] = 0;
    let mut units = [0; 4];
    units[..unit.len()].copy_from_slice(unit.as_bytes());
    let mut file = Fit::default()
        .define(3, 207, &[(1, 2, 2), (3, 1, 2)])
        .data(3, &[&[1, 2], &[0]])
        .define(
            4,
            206,
            &[
                (0, 1, 2),
                (1, 1, 2),
                (2, 1, 2),
                (3, 8, 7),
                (8, 4, 7),
                (14, 2, 0x84),
                (15, 1, 2),
            ],
        )
        .data(
            4,
            &[
                &[0],
                &[7],
                &[2],
                &name,
                &units,
                &20_u16.to_le_bytes(),
                &[native],
            ],
        )
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0)])
        // A definition with developer fields: bit 5, and their list behind the fields: number,
        // size, developer.
        .raw(&[
            0x60, 0, 0, 20, 0, 2, 253, 4, 0x86, 4, 1, 2, 2, 7, 1, 0, 9, 3, 0,
        ]);
    for (second, (own, described)) in (START..).zip(values) {
        // Field 9 of the developer was never described: three bytes to be passed over.
        file = file.data(
            0,
            &[&second.to_le_bytes(), &[*own], &[*described], &[1, 2, 3]],
        );
    }
    file.data(1, &[&START.to_le_bytes(), &[1]]).file()
}

#[test]
fn a_developer_field_counts_what_its_unit_says() {
    let none = 255;
    let steps = only_run(&read(&developer(
        "SPM",
        4,
        &[(none, 100), (none, 100), (none, 100)],
    )));
    assert_eq!(
        (steps.basis, steps.factor.counts),
        (Basis::DeveloperField, Counts::Steps)
    );
    assert_eq!(steps.factor.reason, FactorReason::Unit);
    assert_eq!(steps.summary.mean_moving_spm, Some(100.0));
    // The field is known by its name where it does not say what it stands for.
    let strides = only_run(&read(&developer("RPM", none, &[(none, 84), (none, 84)])));
    assert_eq!(
        (strides.basis, strides.factor.counts),
        (Basis::DeveloperField, Counts::Strides)
    );
    assert_eq!(strides.summary.median_spm, Some(168.0));
}

#[test]
fn the_watch_s_own_field_comes_before_a_developer_s() {
    let run = only_run(&read(&developer("RPM", 4, &[(80, 0), (80, 0), (80, 0)])));
    assert_eq!(
        (run.basis, run.summary.median_spm),
        (Basis::Records, Some(160.0))
    );
}

#[test]
fn compressed_time_stamps_count_on_from_the_last_full_one() {
    // 0xA0: local message 1, whose header's low five bits are the time. START ends in 0b00000.
    assert_eq!(START & 31, 0);
    let mut file = Fit::default()
        .define(0, 20, &[(253, 4, 0x86), (4, 1, 2)])
        .define(1, 20, &[(4, 1, 2)])
        .define(2, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .data(0, &[&START.to_le_bytes(), &[80]]);
    for seconds in [10, 20, 30, 8, 18] {
        file = file.raw(&[0xa0 | seconds, 80]);
    }
    let recording = read(&file.data(2, &[&START.to_le_bytes(), &[1]]).file());
    let samples = &recording.sessions[0].records;
    let seconds: Vec<i64> = samples
        .iter()
        .map(|record| record.at.unix_ms() / 1000 - START_UNIX)
        .collect();
    assert_eq!(seconds, [0, 10, 20, 30, 40, 50]);
}

#[test]
fn fractions_are_added_before_doubling() {
    // 83 + 64/128 strides are 167 steps.
    let file = Fit::default()
        .define(0, 20, &[(253, 4, 0x86), (4, 1, 2), (53, 1, 2)])
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0), (18, 1, 2), (92, 1, 2)])
        .data(0, &[&START.to_le_bytes(), &[83], &[64]])
        .data(0, &[&(START + 1).to_le_bytes(), &[83], &[64]])
        .data(1, &[&START.to_le_bytes(), &[1], &[82], &[96]])
        .file();
    let run = only_run(&read(&file));
    assert_eq!(run.summary.median_spm, Some(167.0));
    assert_eq!(run.device_average_spm, Some(165.5));
}

#[test]
fn big_endian_is_read_too() {
    let [high, low] = 20_u16.to_be_bytes();
    let file = Fit::default()
        .raw(&[0x40, 0, 1, high, low, 2, 253, 4, 0x86, 4, 1, 2])
        .data(0, &[&START.to_be_bytes(), &[80]])
        .data(0, &[&(START + 1).to_be_bytes(), &[80]])
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .data(1, &[&START.to_le_bytes(), &[1]])
        .file();
    let run = only_run(&read(&file));
    assert_eq!(
        (run.start().unix_ms() / 1000, run.summary.median_spm),
        (START_UNIX, Some(160.0))
    );
}

#[test]
fn a_field_whose_size_does_not_fit_its_type_costs_no_record() {
    // Field 200: three bytes of a two-byte type.
    let file = Fit::default()
        .define(0, 20, &[(253, 4, 0x86), (200, 3, 0x84), (4, 1, 2)])
        .data(0, &[&START.to_le_bytes(), &[1, 2, 3], &[80]])
        .data(0, &[&(START + 1).to_le_bytes(), &[1, 2, 3], &[80]])
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .data(1, &[&START.to_le_bytes(), &[1]])
        .file();
    assert_eq!(median(&file), 160.0);
}

#[test]
fn chained_files_are_read_to_the_end() {
    let chain = [fit(START, &[80; 10]), fit(START + 3600, &[90; 10])].concat();
    let recording = read(&chain);
    assert_eq!(recording.faults, []);
    let medians: Vec<_> = recording
        .sessions
        .iter()
        .map(|session| Run::from_session(session, &Rules::default()).unwrap())
        .map(|run| run.summary.median_spm.unwrap())
        .collect();
    assert_eq!(medians, [160.0, 180.0]);
}

#[test]
fn each_session_gets_its_own_records() {
    // A ride of 3 s, then a run of 3 s; the sessions come at the end, the second first.
    let mut file = Fit::default().define(0, 20, &[(253, 4, 0x86), (4, 1, 2)]);
    for (second, raw) in (START..).zip([90, 90, 90, 80, 80, 80]) {
        file = file.data(0, &[&second.to_le_bytes(), &[raw]]);
    }
    let start = |seconds: u32| (START + seconds).to_le_bytes();
    let file = file
        .define(1, 18, &[(253, 4, 0x86), (2, 4, 0x86), (5, 1, 0)])
        .data(1, &[&start(6), &start(3), &[1]])
        .data(1, &[&start(6), &start(0), &[2]])
        .file();
    let recording = read(&file);
    let sports: Vec<_> = recording
        .sessions
        .iter()
        .map(|session| (session.sport, session.records.len()))
        .collect();
    assert_eq!(sports, [(Sport::Cycling, 3), (Sport::Running, 3)]);
    let ride = Run::from_session(&recording.sessions[0], &Rules::default());
    assert_eq!(ride, Err(NoRun::NotOnFoot(Sport::Cycling)));
}

#[test]
fn without_a_session_the_sport_message_or_the_speed_tells_a_run() {
    let records = |sport: &[u8]| {
        let mut file = Fit::default().define(0, 20, &[(253, 4, 0x86), (4, 1, 2), (6, 2, 0x84)]);
        if !sport.is_empty() {
            file = file.define(1, 12, &[(0, 1, 0)]).data(1, &[sport]);
        }
        file
    };
    let finish = |mut file: Fit, mm: u16| {
        for second in START..START + 5 {
            file = file.data(0, &[&second.to_le_bytes(), &[80], &mm.to_le_bytes()]);
        }
        read(&file.file())
    };
    assert_eq!(
        only_run(&finish(records(&[1]), 9_000)).sport,
        Sport::Running
    );
    assert_eq!(only_run(&finish(records(&[]), 3_000)).sport, Sport::Unknown);
    let fast = finish(records(&[]), 9_000);
    let refused = Run::from_session(&fast.sessions[0], &Rules::default());
    assert_eq!(refused, Err(NoRun::TooFast(9.0)));
    // The runner knows better.
    let told = Rules {
        counts: Some(Counts::Strides),
        ..Rules::default()
    };
    let run = Run::from_session(&fast.sessions[0], &told).unwrap();
    assert_eq!(
        (run.factor.reason, run.summary.median_spm),
        (FactorReason::Given, Some(160.0))
    );
}

#[test]
fn where_only_laps_have_a_cadence_the_laps_are_told() {
    let lap = |start: u32, seconds: u32, average: u8| {
        [
            (START + start).to_le_bytes(),
            (seconds * 1000).to_le_bytes(),
        ]
        .concat()
        .into_iter()
        .chain([average])
        .collect::<Vec<u8>>()
    };
    let file = Fit::default()
        .define(0, 20, &[(253, 4, 0x86)])
        .data(0, &[&START.to_le_bytes()])
        .define(1, 19, &[(2, 4, 0x86), (8, 4, 0x86), (17, 1, 2)])
        .data(1, &[&lap(0, 300, 80)])
        .data(1, &[&lap(300, 100, 90)])
        .define(2, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .data(2, &[&START.to_le_bytes(), &[1]])
        .file();
    let run = only_run(&read(&file));
    assert_eq!((run.basis, run.summary.running_s), (Basis::Laps, 400.0));
    // (300 · 160 + 100 · 180) / 400
    assert_eq!(run.summary.mean_spm, Some(165.0));
    let medians: Vec<_> = run
        .laps
        .iter()
        .map(|lap| lap.summary.median_spm.unwrap())
        .collect();
    assert_eq!(medians, [160.0, 180.0]);
}

#[test]
fn steps_are_told_from_strides_by_the_values_once_a_session() {
    #[track_caller]
    fn case(raw: &[u8], sport: &str, counts: Counts, reason: FactorReason) {
        let text = tcx(START_UNIX, raw).replace("Running", sport);
        let factor = only_run(&read(text.as_bytes())).factor;
        assert_eq!((factor.counts, factor.reason), (counts, reason), "{raw:?}");
    }
    case(&[80; 20], "Running", Counts::Strides, FactorReason::Values);
    case(&[160; 20], "Running", Counts::Steps, FactorReason::Values);
    // Half of a run-walk in steps looks like strides.
    case(
        &[[110; 10], [165; 10]].concat(),
        "Running",
        Counts::Steps,
        FactorReason::Values,
    );
    // Strides with a burst: one value in twenty may be anything.
    case(
        &[[85; 19].as_slice(), &[140]].concat(),
        "Running",
        Counts::Strides,
        FactorReason::Values,
    );
    case(&[118; 20], "Running", Counts::Strides, FactorReason::Pace);
    case(&[118; 20], "Walking", Counts::Steps, FactorReason::Pace);
}

#[test]
fn a_file_that_is_cut_keeps_what_came_before() {
    let whole = fit(START, &[80; 100]);
    // Header 14, definitions 15 + 15, records of 8 bytes: the cut is in the third.
    let cut = read(&whole[..14 + 15 + 15 + 2 * 8 + 3]);
    assert_eq!(cut.faults, [Fault::CutOff { at: 60 }]);
    assert_eq!(cut.sessions[0].records.len(), 2);
    for text in [tcx(START_UNIX, &[80; 100]), gpx(START_UNIX, &[80; 100])] {
        let half = read(&text.as_bytes()[..text.len() / 2]);
        assert!(
            matches!(&half.faults[..], [Fault::CutOff { .. }]),
            "{:?}",
            half.faults
        );
        let samples = half.sessions[0].records.len();
        assert!((45..=55).contains(&samples), "{samples}");
    }
    let packed = packed(tcx(START_UNIX, &[80; 2000]).as_bytes());
    let half = read(&packed[..packed.len() / 2]);
    assert!(
        matches!(&half.faults[..], [Fault::CutOff { .. }]),
        "{:?}",
        half.faults
    );
    assert!(half.sessions[0].records.len() > 500);
}

#[test]
fn a_wrong_checksum_is_told_and_the_values_are_kept() {
    let mut file = fit(START, &[80; 10]);
    let last = file.len() - 1;
    file[last] ^= 1;
    let recording = read(&file);
    assert_eq!(recording.faults, [Fault::Checksum]);
    assert_eq!(only_run(&recording).summary.median_spm, Some(160.0));
}

#[test]
fn a_device_that_lost_power_left_no_size() {
    let mut file = fit(START, &[80; 10]);
    file[4..8].fill(0);
    file.truncate(file.len() - 12);
    let recording = read(&file);
    assert!(
        matches!(&recording.faults[..], [Fault::CutOff { .. }]),
        "{:?}",
        recording.faults
    );
    assert_eq!(only_run(&Recording::clone(&recording)).records.total, 10);
}

#[test]
fn a_clock_that_lost_the_date_still_counts_seconds() {
    let run = only_run(&read(&fit(86_400, &[80; 10])));
    assert!(!run.start().is_dated());
    assert_eq!(run.summary.running_s, 9.0);
}

#[test]
fn prefixes_need_not_be_declared_nor_be_the_usual_ones() {
    let text = tcx(START_UNIX, &[80; 5]);
    let prefixed = text
        .replace('<', "<t:")
        .replace("<t:/", "</t:")
        .replace("<t:?", "<?")
        .replace("t:ns3:", "x:");
    assert_eq!(median(prefixed.as_bytes()), 160.0);
    let plain = text.replace("<Extensions><ns3:TPX><ns3:RunCadence>", "<Cadence>");
    let plain = plain.replace("</ns3:RunCadence></ns3:TPX></Extensions>", "</Cadence>");
    assert_eq!(median(plain.as_bytes()), 160.0);
    for name in ["ns3:cad", "gpxdata:cadence", "cadence", "cad"] {
        let text = gpx(START_UNIX, &[80; 5]).replace("gpxtpx:cad", name);
        assert_eq!(median(text.as_bytes()), 160.0, "{name}");
    }
}

#[test]
fn a_point_may_carry_its_cadence_twice() {
    let cad = "<gpxtpx:cad>80</gpxtpx:cad>";
    let text = gpx(START_UNIX, &[80; 5]).replace(cad, &format!("<cadence>255</cadence>{cad}{cad}"));
    assert_eq!(median(text.as_bytes()), 160.0);
}

#[test]
fn a_byte_order_mark_blanks_and_other_encodings_do_no_harm() {
    let text = tcx(START_UNIX, &[80; 5]);
    assert_eq!(median(format!("\u{feff}\n \t\n{text}").as_bytes()), 160.0);
    let mut latin = text.replace("<Id>", "<Id>@").into_bytes();
    let at = latin.iter().position(|byte| *byte == b'@').unwrap();
    latin[at] = 0xe9;
    assert_eq!(median(&latin), 160.0);
    let utf16: Vec<u8> = "\u{feff}<gpx/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(
        watch::read(utf16.as_slice()),
        Err(WatchError::Utf16)
    ));
}

#[test]
fn times_with_an_offset_or_a_fraction_or_neither_are_read() {
    for time in [
        "2024-11-02T09:00:00+01:00",
        "2024-11-02T08:00:00.000Z",
        "2024-11-02T08:00:00",
        "2024-11-02T08:00:00.0",
    ] {
        let text = gpx(START_UNIX, &[80; 3]).replace("2024-11-02T08:00:00Z", time);
        let run = only_run(&read(text.as_bytes()));
        assert_eq!(
            (run.start().unix_ms(), run.summary.running_s),
            (START_UNIX * 1000, 2.0),
            "{time}"
        );
    }
}

#[test]
fn points_without_times_are_told() {
    let text = gpx(START_UNIX, &[80; 3]);
    let without = text.replace("<time>", "<!--").replace("</time>", "-->");
    assert!(matches!(
        watch::read(without.as_bytes()),
        Err(WatchError::NoTimes)
    ));
    let one_less = text.replacen("<time>2024", "<time>in 2024", 1);
    let recording = read(one_less.as_bytes());
    assert!(
        matches!(&recording.faults[..], [Fault::Records { count: 1, .. }]),
        "{:?}",
        recording.faults
    );
    assert_eq!(recording.sessions[0].records.len(), 2);
}

#[test]
fn the_type_of_a_link_is_no_sport() {
    let link = "<trk><link href=\"x\"><type>text/html</type></link>";
    let text = gpx(START_UNIX, &[80; 5]).replace("<trk>", link);
    assert_eq!(only_run(&read(text.as_bytes())).sport, Sport::Running);
    let after = gpx(START_UNIX, &[80; 5]).replace(
        "<trkseg>",
        "<link href=\"x\"><type>text/html</type></link><trkseg>",
    );
    assert_eq!(only_run(&read(after.as_bytes())).sport, Sport::Running);
}

#[test]
fn a_new_segment_of_track_follows_a_pause() {
    let (first, second) = (gpx(START_UNIX, &[80; 3]), gpx(START_UNIX + 600, &[80; 3]));
    let body = |text: &str| {
        text.split_once("<trkseg>")
            .unwrap()
            .1
            .split_once("</trkseg>")
            .unwrap()
            .0
            .to_owned()
    };
    let text = first.replace(
        "</trkseg>",
        &format!("</trkseg><trkseg>{}</trkseg>", body(&second)),
    );
    let run = only_run(&read(text.as_bytes()));
    assert_eq!(run.summary.running_s, 4.0);
}

#[test]
fn other_files_are_refused_by_name() {
    let refused = |bytes: &[u8]| watch::read(bytes).unwrap_err().to_string();
    assert_eq!(refused(b""), "it is empty");
    assert_eq!(
        refused(b"PK\x03\x04          "),
        "it is a ZIP archive: name it as a file, or unpack it"
    );
    for bytes in [
        b"hello".as_slice(),
        b"\x89PNG\r\n\x1a\n0000000000",
        b"<html></html>",
        b"<?xml version=\"1.0\"?>",
    ] {
        assert!(
            refused(bytes).starts_with("neither FIT nor TCX nor GPX"),
            "{bytes:?}"
        );
    }
}

/// Records of two developer's fields that hold one cadence: strides in one and steps in the other,
/// described in either order. The first record has steps alone.
fn two_developers(steps_first: bool) -> Vec<u8> {
    let mut file = Fit::default().define(
        4,
        206,
        &[
            (0, 1, 2),
            (1, 1, 2),
            (2, 1, 2),
            (3, 8, 7),
            (8, 4, 7),
            (15, 1, 2),
        ],
    );
    let mut fields = [(7_u8, b"RPM\0"), (9, b"SPM\0")];
    if steps_first {
        fields.reverse();
    }
    for (number, unit) in fields {
        file = file.data(4, &[&[0], &[number], &[2], b"Cadence\0", unit, &[4]]);
    }
    let mut file = file
        .define(1, 18, &[(253, 4, 0x86), (5, 1, 0)])
        .raw(&[0x60, 0, 0, 20, 0, 1, 253, 4, 0x86, 2, 7, 1, 0, 9, 1, 0]);
    for second in START..START + 130 {
        let strides = if second == START { 255 } else { 60 };
        file = file.data(0, &[&second.to_le_bytes(), &[strides], &[120]]);
    }
    file.data(1, &[&START.to_le_bytes(), &[1]]).file()
}

#[test]
fn a_developer_field_keeps_its_own_unit_in_any_order() {
    for steps_first in [true, false] {
        let run = only_run(&read(&two_developers(steps_first)));
        // Steps have one value more, so theirs is the field that is read.
        assert_eq!(
            (run.factor.counts, run.factor.reason),
            (Counts::Steps, FactorReason::Unit),
            "{steps_first}"
        );
        assert_eq!(run.summary.mean_moving_spm, Some(120.0), "{steps_first}");
    }
}

#[test]
fn a_gzip_file_of_many_members_is_read_and_one_of_empty_ones_ends_early() {
    let text = tcx(START_UNIX, &[80; 20]);
    let members: Vec<u8> = text.as_bytes().chunks(100).flat_map(packed).collect();
    assert_eq!(median(&members), 160.0);
    let empty = packed(b"");
    let many = empty.repeat(400_000);
    assert!(matches!(
        watch::read(many.as_slice()),
        Err(WatchError::TooLarge)
    ));
}
