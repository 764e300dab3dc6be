use super::*;
use crate::schedule::{Beat, Frame, SampleRate, TempoMap};
use crate::tempo::Pulse;
use crate::tolerance::Tolerance;
use proptest::prelude::*;

fn workout(text: &str) -> Workout {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn spm(spm: f64) -> Cadence {
    Cadence::from_spm(spm).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn map(timeline: &Timeline, hz: u32) -> TempoMap {
    let rate = SampleRate::from_hz(hz).unwrap();
    timeline.to_tempo_map(rate, Pulse::PerStep).unwrap()
}

fn frames(map: &TempoMap) -> Vec<u64> {
    map.beats().map(|beat| beat.frame().index()).collect()
}

fn parts(timeline: &Timeline) -> Vec<String> {
    timeline.parts().iter().map(ToString::to_string).collect()
}

#[test]
fn each_segment_of_the_language_is_read_and_shown() {
    for (text, shown) in [
        ("5m rest", "5m rest"),
        ("10m 170", "10m 170"),
        ("10 min 170.50", "10m 170.5"),
        ("1m 30s 59.94", "1m 30s 59.94"),
        ("1.5h rest", "1h 30m rest"),
        ("8m 160..168", "8m 160..168"),
        ("8m 160 .. +5%", "8m 160..+5%"),
        ("5x(1m 170, 1m rest)", "5x(1m 170, 1m rest)"),
        ("2 x ( 3x(1m 170,), 1m rest )", "2x(3x(1m 170), 1m rest)"),
        ("20m 170 cue 1m/1m", "20m 170 cue 1m/1m"),
        ("172 cue 1m 30s / 30s", "172 cue 1m 30s/30s"),
        ("20m 170 fade", "20m 170 fade"),
        ("20m 170 silent", "20m 170 silent"),
        (
            "10m +5%, 10m -2.5%, 10m +0%",
            "10m +5%, 10m -2.5%, 10m base",
        ),
        ("8m base..+10%", "8m base..+10%"),
        ("172", "172"),
        ("5m rest, 172,", "5m rest, 172"),
    ] {
        assert_eq!(workout(text).to_string(), shown, "{text}");
    }
}

#[test]
fn lines_and_commas_both_separate_and_comments_are_left_out() {
    let file = "\u{feff}# Tuesday\r\n5m rest   # walk there\r\n\r\n3x(\r\n  1m 170, 1m rest,\r\n  1m 175\r\n)\r\n, 5m rest\r\n# done";
    assert_eq!(
        workout(file).to_string(),
        "5m rest, 3x(1m 170, 1m rest, 1m 175), 5m rest"
    );
}

#[test]
fn an_error_points_at_the_place_and_says_what_would_do() {
    #[track_caller]
    fn case(text: &str, shown: &str) {
        assert_eq!(text.parse::<Workout>().unwrap_err().to_string(), shown);
    }
    case(
        "",
        "there is no segment: write one, such as 10m 170\n  \n  ^",
    );
    case(
        "5m rest, 10m 1700, 5m rest",
        "a tempo of 1700 BPM is out of range: 20 to 400 BPM\n\
         \x20 5m rest, 10m 1700, 5m rest\n\
         \x20              ^^^^",
    );
    case(
        "fast",
        "'fast' is not a tempo: write beats per minute, such as 170, or +5%, base or rest\n\
         \x20 fast\n\
         \x20 ^^^^",
    );
    case(
        "10q 170",
        "'10q' is neither a length, such as 10m or 90s, nor a tempo, such as 170\n\
         \x20 10q 170\n\
         \x20 ^^^",
    );
    case(
        "5m rest\n10m 170 5m rest # two on a line\n",
        "'5m' is not expected here: only cue 1m/1m, fade or silent may follow a tempo, and a comma before the next \
         segment\n\
         \x20 2 | 10m 170 5m rest # two on a line\n\
         \x20             ^^",
    );
    case(
        "5x(1m 170, 2x(1m rest)",
        "this bracket is never closed: write ) after the last segment to repeat\n\
         \x20 5x(1m 170, 2x(1m rest)\n\
         \x20   ^",
    );
    case(
        "10m 170 cue 1m",
        "a cue has two lengths, how long it is heard and how long not: write them, such as cue 1m/1m\n\
         \x20 10m 170 cue 1m\n\
         \x20         ^^^",
    );
    case(
        "170, 5m rest",
        "a tempo without a length never ends, so nothing can follow: give it a length, such as 10m 170\n\
         \x20 170, 5m rest\n\
         \x20 ^^^",
    );
    case(
        "1m 170,\t\u{1b}[31m",
        "'\u{fffd}[31m' is not a tempo: write beats per minute, such as 170, or +5%, base or rest\n\
         \x20 1m 170, \u{fffd}[31m\n\
         \x20         ^^^^^",
    );
}

#[test]
fn every_fault_is_found() {
    #[track_caller]
    fn case(text: &str, marked: &str, fault: &Fault) {
        let error = text.parse::<Workout>().unwrap_err();
        assert_eq!(error.fault(), fault, "{text}");
        let columns = error.columns();
        let found: String = error
            .line()
            .chars()
            .skip(columns.start)
            .take(columns.len())
            .collect();
        assert_eq!(found, marked, "{text}");
    }
    let word = |text: &str| text.to_owned();
    case("# nothing\n\n", "", &Fault::Empty);
    case("1m 170,, 1m rest", ",", &Fault::NoSegment);
    case(", 1m rest", ",", &Fault::NoSegment);
    case("1m, 170", "1m", &Fault::NoTempo);
    case("1m 30s", "1m 30s", &Fault::NoTempo);
    case("1m run", "run", &Fault::Word(word("run")));
    case("1m 17o", "17o", &Fault::Number(word("17o")));
    case("1m 160..", "", &Fault::Word(word("")));
    case("1m 5%", "5%", &Fault::Percent(word("5%")));
    case("1m +51%", "+51%", &Fault::Percent(word("+51%")));
    case("1m +inf%", "+inf%", &Fault::Percent(word("+inf%")));
    case("1m +1e1%", "+1e1%", &Fault::Percent(word("+1e1%")));
    case(
        "999ms 170",
        "999ms",
        &Fault::Length(Duration::from_millis(999)),
    );
    case("8days rest", "8days", &Fault::Length(seconds(691_200)));
    case("rest", "rest", &Fault::NeedsLength("a rest", "5m rest"));
    case(
        "160..170",
        "160..170",
        &Fault::NeedsLength("a ramp", "8m 160..168"),
    );
    case(
        "170 fade",
        "170",
        &Fault::NeedsLength("a fade", "20m 170 fade"),
    );
    case("2x(170)", "170", &Fault::NeverEnds);
    case("1m 170 cue 1m/0s", "0s", &Fault::Length(Duration::ZERO));
    case("1m rest fade", "fade", &Fault::NoClicks);
    case("1m 170 loud", "loud", &Fault::Unexpected(word("loud")));
    case("1m 170 / 1m", "/", &Fault::Unexpected(word("/")));
    case("/", "/", &Fault::Unexpected(word("/")));
    case("1m 160..165..170", "..", &Fault::Unexpected(word("..")));
    case("0x(1m 170)", "0", &Fault::Times(word("0")));
    case("100001x(1m 170)", "100001", &Fault::Times(word("100001")));
    case("5x 1m 170", "5x", &Fault::NoBracket);
    case("(1m 170)", "(", &Fault::NoTimes);
    case("5x( )", "(", &Fault::NothingToRepeat);
    case("5x(1m 170", "(", &Fault::NotClosed);
    case("1m 170)", ")", &Fault::ClosesNothing);
    case("60000x(1s 170, 1s rest)", "60000", &Fault::TooMany(120_000));
    case(
        "2x(1m rest), 3days rest, 4days rest",
        "4days rest",
        &Fault::TooLong,
    );
    let deep = |depth| format!("{}1m 170{}", "1x(".repeat(depth), ")".repeat(depth));
    assert!(deep(Workout::MAX_DEPTH).parse::<Workout>().is_ok());
    case(&deep(Workout::MAX_DEPTH + 1), "(", &Fault::TooDeep);
}

#[test]
fn a_long_line_is_shown_around_the_fault() {
    let text = format!("{} 1m 1700, {}", "1m 170,".repeat(20), "1m 170,".repeat(20));
    let shown = text.parse::<Workout>().unwrap_err().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1].chars().count(), 2 + 1 + 100 + 1);
    let under: String = lines[1]
        .chars()
        .zip(lines[2].chars())
        .filter_map(|(c, mark)| (mark == '^').then_some(c))
        .collect();
    assert_eq!(under, "1700");
    let word = "9".repeat(1_000_000).parse::<Workout>().unwrap_err();
    assert!(word.to_string().chars().count() < 400);
}

#[test]
fn segments_come_in_order_with_their_starts() {
    let workout = workout("5m rest, 2x(1m 170, 2x(30s 180)), 172");
    let segments: Vec<_> = workout
        .segments()
        .map(|(start, segment)| (start.as_secs(), segment.to_string()))
        .collect();
    let expected = [
        (0, "5m rest"),
        (300, "1m 170"),
        (360, "30s 180"),
        (390, "30s 180"),
        (420, "1m 170"),
        (480, "30s 180"),
        (510, "30s 180"),
        (540, "172"),
    ];
    assert_eq!(
        segments,
        expected.map(|(start, text)| (start, text.to_owned()))
    );
    assert_eq!(workout.length(), None);
}

#[test]
fn relative_tempo_is_taken_of_the_runners_own_cadence() {
    let workout = workout("1m base, 1m +5%..+10%, 1m -2.5%");
    assert!(workout.is_relative());
    let timeline = workout.resolve(Some(spm(160.0))).unwrap();
    assert_eq!(parts(&timeline), ["1m 160", "1m 168..176", "1m 156"]);
    assert_eq!(
        workout.resolve(None).unwrap_err().to_string(),
        "'base' is relative: it needs a base cadence, such as 160 spm"
    );
    assert_eq!(
        super::tests::workout("1m +50%")
            .resolve(Some(spm(300.0)))
            .unwrap_err()
            .to_string(),
        "'+50%' of 300 spm is out of range: it must come to 20 to 400 BPM"
    );
    assert!(!super::tests::workout("1m 170").is_relative());
}

#[test]
fn a_bare_tempo_is_the_map_of_one_endless_tempo() {
    let timeline = workout("172").resolve(None).unwrap();
    let first: Vec<u64> = map(&timeline, 43)
        .beats()
        .take(4)
        .map(|beat| beat.frame().index())
        .collect();
    assert_eq!(first, [0, 15, 30, 45]); // 60 · 43 / 172 = 15
    assert_eq!(timeline.length(), None);
}

#[test]
fn a_length_cuts_off_or_ends_what_never_ends() {
    let lasting = |text: &str, length| {
        workout(text)
            .resolve(None)
            .unwrap()
            .lasting(seconds(length))
    };
    assert_eq!(parts(&lasting("172", 60).unwrap()), ["1m 172"]);
    assert_eq!(
        parts(&lasting("1m rest, 172", 90).unwrap()),
        ["1m rest", "30s 172"]
    );
    assert_eq!(parts(&lasting("1m rest, 172", 60).unwrap()), ["1m rest"]);
    assert_eq!(
        parts(&lasting("2x(1m 170, 1m rest)", 150).unwrap()),
        ["1m 170", "1m rest", "30s 170"]
    );
    assert_eq!(parts(&lasting("4m 160..168", 60).unwrap()), ["1m 160..162"]);
    assert_eq!(parts(&lasting("1m 170", 60).unwrap()), ["1m 170"]);
    assert_eq!(
        lasting("1m 170", 61).unwrap_err().to_string(),
        "the workout lasts 1m and says nothing of what follows: ask for no more than that, or end it with a tempo \
         without a length"
    );
    assert_eq!(
        lasting("172", 0).unwrap_err(),
        WorkoutError::Length(Duration::ZERO)
    );
    // The ramp of the schedule's own test, cut where it was cut there.
    assert_eq!(
        frames(&map(&lasting("4s 60..120, 4s 60", 2).unwrap(), 100)),
        [0, 90, 166]
    );
}

#[test]
fn a_count_in_leads_into_the_first_beat() {
    let timeline = workout("2s 90, 1m rest").resolve(None).unwrap();
    let timeline = timeline.with_count_in(3, Pulse::PerStep).unwrap();
    assert_eq!(parts(&timeline), ["count-in", "2s 90", "1m rest"]);
    assert_eq!(timeline.parts()[1].start(), seconds(2));
    let map = map(&timeline, 8); // 5⅓ frames a beat, so 16 for three
    assert_eq!(frames(&map), [0, 5, 11, 16, 21, 27]);
    assert_eq!(
        map.section_starts().map(Frame::index).collect::<Vec<_>>(),
        [0, 16, 32]
    );
    assert_eq!(
        map.section_clicks().collect::<Vec<_>>(),
        [Some(3), Some(3), Some(0)]
    );
}

#[test]
fn a_count_in_to_a_rest_has_the_tempo_that_follows_it() {
    let timeline = workout("1s rest, 2s 120").resolve(None).unwrap();
    let timeline = timeline.with_count_in(2, Pulse::PerStep).unwrap();
    assert_eq!(parts(&timeline), ["count-in", "1s rest", "2s 120"]);
    // Half a second a beat: two of them, a second of silence, and four more.
    assert_eq!(frames(&map(&timeline, 10)), [0, 5, 20, 25, 30, 35]);
}

#[test]
fn a_count_in_that_ends_between_two_frames_keeps_its_beats() {
    // 2 · 60 · 8 / 90 = 10⅔ frames: the workout begins on frame 10, its first beat is rounded to
    // frame 11.
    let timeline = workout("2s 90").resolve(None).unwrap();
    let timeline = timeline.with_count_in(2, Pulse::PerStep).unwrap();
    let map = map(&timeline, 8);
    assert_eq!(frames(&map), [0, 5, 11, 16, 21]);
    assert_eq!(
        map.section_starts().map(Frame::index).collect::<Vec<_>>(),
        [0, 10]
    );
    assert_eq!(map.section_clicks().next(), Some(Some(2)));
}

#[test]
fn a_lead_in_moves_everything_back() {
    let timeline = workout("2s 60").resolve(None).unwrap();
    let timeline = timeline
        .with_count_in(1, Pulse::PerStep)
        .unwrap()
        .with_lead_in(Duration::from_millis(500));
    assert_eq!(parts(&timeline), ["lead-in", "count-in", "2s 60"]);
    assert_eq!(timeline.length(), Some(Duration::from_millis(3_500)));
    assert_eq!(frames(&map(&timeline, 10)), [5, 15, 25]);
}

#[test]
fn a_count_in_of_strides_has_two_beats_for_each_click() {
    let timeline = workout("4s 60").resolve(None).unwrap();
    let timeline = timeline.with_count_in(1, Pulse::PerStride).unwrap();
    let map = timeline
        .to_tempo_map(SampleRate::from_hz(10).unwrap(), Pulse::PerStride)
        .unwrap();
    assert_eq!(frames(&map), [0, 20, 40]);
    assert_eq!(map.section_clicks().collect::<Vec<_>>(), [Some(1), Some(2)]);
}

#[test]
fn a_count_in_needs_a_tempo_and_a_number() {
    let count_in = |text: &str, clicks| {
        workout(text)
            .resolve(None)
            .unwrap()
            .with_count_in(clicks, Pulse::PerStep)
    };
    assert_eq!(count_in("1m rest", 4), Err(WorkoutError::CountInToRest));
    assert_eq!(count_in("170", 0), Err(WorkoutError::CountIn(0)));
    assert_eq!(count_in("170", 65), Err(WorkoutError::CountIn(65)));
    assert_eq!(parts(&count_in("1m 160..170", 64).unwrap())[0], "count-in");
}

fn lengths() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => (1_u64..120).prop_map(Duration::from_secs),
        1 => (1_000_000_000_u64..100_000_000_000).prop_map(Duration::from_nanos),
    ]
}

fn speeds() -> impl Strategy<Value = Speed> {
    prop_oneof![
        (20_000_000_000_u64..=400_000_000_000)
            .prop_map(|nano| Speed::Tempo(Tempo::from_nano_bpm(nano).unwrap())),
        (20_u64..=400)
            .prop_map(|bpm| Speed::Tempo(Tempo::from_nano_bpm(bpm * 1_000_000_000).unwrap())),
        (-50.0..=50.0).prop_map(|percent| Speed::Relative { percent }),
        Just(Speed::Relative { percent: 0.0 }),
    ]
}

fn segments() -> impl Strategy<Value = Item> {
    let pace = prop_oneof![
        1 => Just(Pace::Rest),
        2 => speeds().prop_map(Pace::Steady),
        2 => (speeds(), speeds()).prop_map(|(from, to)| Pace::Ramp(from, to)),
    ];
    let cue = prop_oneof![
        Just(Cue::On),
        Just(Cue::Off),
        Just(Cue::Fade),
        (lengths(), lengths()).prop_map(|(on, off)| Cue::OnOff { on, off }),
    ];
    (lengths(), pace, cue).prop_map(|(length, pace, cue)| {
        Item::Segment(Segment {
            length: Some(length),
            pace,
            cue: if pace == Pace::Rest { Cue::On } else { cue },
        })
    })
}

pub(super) fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = segments().prop_recursive(3, 24, 4, |inner| {
        (1_u32..4, prop::collection::vec(inner, 1..4))
            .prop_map(|(times, items)| Item::Repeat { times, items })
    });
    prop::collection::vec(item, 1..5)
}

/// The items with their repeats written out.
fn written_out(items: &[Item]) -> Vec<Item> {
    let flat = items.iter().flat_map(|item| match item {
        Item::Segment(_) => vec![item.clone()],
        Item::Repeat { times, items } => vec![written_out(items); *times as usize].concat(),
    });
    flat.collect()
}

pub(super) fn of(items: Vec<Item>) -> Workout {
    let mut workout = Workout {
        items,
        length: None,
    };
    workout.length = workout.segments().map(|(_, segment)| segment.length).sum();
    workout
}

proptest! {
    #[test]
    fn what_is_shown_is_read_as_the_same_workout(items in items(), endless in prop::option::of(speeds())) {
        let mut workout = of(items);
        if let Some(speed) = endless {
            let segment = Segment { length: None, pace: Pace::Steady(speed), cue: Cue::On };
            workout.items.push(Item::Segment(segment));
            workout.length = None;
        }
        let shown = workout.to_string();
        prop_assert_eq!(shown.parse::<Workout>().unwrap(), workout);
        let lines = shown.replace(", ", "\n");
        prop_assert_eq!(lines.parse::<Workout>().unwrap().to_string(), shown);
    }

    #[test]
    fn repeats_are_their_expansion(items in items()) {
        let expanded = of(written_out(&items));
        let workout = of(items);
        prop_assert_eq!(workout.length(), expanded.length());
        prop_assert_eq!(workout.segments().collect::<Vec<_>>(), expanded.segments().collect::<Vec<_>>());
        let base = Some(spm(160.0));
        prop_assert_eq!(workout.resolve(base).unwrap(), expanded.resolve(base).unwrap());
    }

    #[test]
    fn beats_rise_and_stand_within_half_a_frame_of_the_integral(items in items(), hz in 1_000_u32..96_000) {
        let timeline = of(items).resolve(Some(spm(160.0))).unwrap();
        let map = map(&timeline, hz);
        let beats: Vec<Beat> = map.beats().collect();
        prop_assert!(beats.is_sorted_by(|a, b| a.frame() < b.frame() && a.index() < b.index()));

        // The integral by hand, in beats since the grid began, over sections that begin and end on
        // whole frames.
        let ends = map.section_starts().skip(1).map(Frame::index).chain([map.length().unwrap().count()]);
        let mut phase = 0.0_f64;
        for ((part, start), end) in timeline.parts().iter().zip(map.section_starts()).zip(ends) {
            let length = (end - start.index()) as f64;
            let a_frame = 60.0 * f64::from(hz);
            let (from, to) = match part.pace() {
                Pace::Rest => {
                    phase = (phase / 2.0 - 1e-6).ceil() * 2.0; // the first foot again
                    continue;
                }
                Pace::Steady(tempo) => (tempo.bpm() / a_frame, tempo.bpm() / a_frame),
                Pace::Ramp(from, to) => (from.bpm() / a_frame, to.bpm() / a_frame),
            };
            let at = |frames: f64| phase + from * frames + (to - from) * frames * frames / (2.0 * length);
            for beat in beats.iter().filter(|beat| (start.index() + 1..end).contains(&beat.frame().index())) {
                let offset = (beat.frame().index() - start.index()) as f64;
                let k = beat.index() as f64;
                prop_assert!(at(offset - 0.5) <= k + 1e-6 && k - 1e-6 <= at(offset + 0.5));
            }
            phase = at(length);
        }
    }

    #[test]
    fn a_part_has_the_clicks_of_its_beats(items in items(), count_in in 0_u32..5, hz in 1_000_u32..96_000) {
        let mut timeline = of(items).resolve(Some(spm(160.0))).unwrap();
        if count_in > 0 && timeline.parts()[0].pace() != Pace::Rest {
            timeline = timeline.with_count_in(count_in, Pulse::PerStep).unwrap();
        }
        let map = map(&timeline, hz);
        let heard = map.beats().filter(|beat| beat.is_heard()).count() as u64;
        prop_assert_eq!(map.section_clicks().flatten().sum::<u64>(), heard);
        if let PartKind::CountIn { beats } = timeline.parts()[0].kind() {
            prop_assert_eq!(map.section_clicks().next(), Some(Some(u64::from(beats))));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn no_text_panics_or_hangs(
        tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..24),
        noise: [char; 2],
        at in 0_usize..24,
    ) {
        let mut text: String = tokens.concat();
        if let Some((at, _)) = text.char_indices().nth(at) {
            text.insert_str(at, &String::from_iter(noise));
        }
        for text in [tokens.concat(), text] {
            match text.parse::<Workout>() {
                Ok(workout) => {
                    // Refused or not: any of them is something to a watch.
                    let _ = workout.for_watch(Some(spm(160.0)), Tolerance::DEFAULT, None);
                    prop_assert_eq!(workout.to_string().parse::<Workout>().unwrap(), workout);
                }
                Err(error) => prop_assert!(error.to_string().len() < 1_000),
            }
        }
    }
}

/// What workouts are made of, and what they nearly are made of.
const TOKENS: &[&str] = &[
    "5m ",
    "10s ",
    "1h",
    "1m 30s ",
    "9days ",
    "0s",
    "1.5",
    ".",
    "..",
    "170",
    "160..168",
    "20",
    "401",
    "rest",
    "base",
    "+5%",
    "-2.5%",
    "%",
    " cue ",
    "1m/1m",
    "/",
    " fade",
    " silent",
    ", ",
    ",",
    "\n",
    "\r\n",
    " ",
    "\t",
    "2x(",
    "3 x (",
    "99999x(",
    "5x",
    "(",
    ")",
    ")",
    "# note\n",
    "#",
    "10m 170",
    "10m 170, ",
    "5m rest, ",
    "é",
    "µs",
    "\u{feff}",
];
