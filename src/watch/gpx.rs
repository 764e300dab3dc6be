//! GPX, GPS exchange XML.
//!
//! The format itself has no cadence; extensions have: `gpxtpx:cad`, `ns3:cad`, `gpxdata:cadence`,
//! bare `cadence`. Only local names are compared.

use super::WatchError;
use super::points::{Point, Points};
use super::quantity::{Place, Reading, Speed};
use super::recording::{Format, Recording, Sport};
use super::xml::{Pull, Step, Stop};

/// Reads the document after the start of its root element.
pub(super) fn read(mut pull: Pull<'_>) -> Result<Recording, WatchError> {
    let mut points = Points::default();
    let mut point: Option<Point> = None;
    let end = loop {
        if points.is_full() {
            break None;
        }
        match pull.step() {
            Ok(Step::Open) => match pull.name() {
                "trk" => points.session(Sport::Unknown),
                "trkseg" => points.interrupt(),
                "trkpt" => {
                    let degrees = |name| pull.attribute(name)?.parse().ok();
                    let place = degrees("lat").zip(degrees("lon"));
                    let place = place.map(|(lat, lon)| Place::from_degrees(lat, lon));
                    point = Some(Point {
                        place: place.and_then(|place| points.refused.check(pull.at(), place)),
                        ..Point::default()
                    });
                }
                _ => {}
            },
            Ok(Step::Close) => match (pull.name(), &mut point) {
                ("trkpt", point) => {
                    if let Some(point) = point.take() {
                        points.point(point, pull.at());
                    }
                }
                ("time", Some(point)) => point.at = points.time(pull.text()),
                ("speed", Some(point)) => {
                    let speed = pull.number().map(Speed::from_mps);
                    point.speed = speed.and_then(|speed| points.refused.check(pull.at(), speed));
                }
                // A point may carry it twice.
                ("cad" | "cadence" | "RunCadence", Some(point)) => {
                    let reading = match pull.number() {
                        Some(number) => points.refused.reading(pull.at(), number),
                        None => Reading::Invalid,
                    };
                    point.cadence = point.cadence.or(reading);
                }
                // A link has a type too, such as text/html.
                ("type", None) if !pull.text().contains('/') => {
                    if let Some(session) = points.current() {
                        session.sport = sport_of(pull.text());
                    }
                }
                _ => {}
            },
            Ok(Step::End) => break None,
            Err(Stop::Fault(fault)) => break Some(fault),
            Err(Stop::Refused(error)) => return Err(error),
        }
    };
    points.recording(Format::Gpx, end)
}

/// What `type` says in words, or in Strava's numbers. A word that is not known proves nothing:
/// runners write in every language.
fn sport_of(name: &str) -> Sport {
    /// Sports whose names say so in English, by a part of the word.
    const OTHERS: [&str; 20] = [
        "ski", "snow", "skat", "swim", "row", "kayak", "canoe", "paddl", "surf", "sail", "golf",
        "climb", "yoga", "strength", "weight", "ellipt", "horse", "driv", "fly", "motor",
    ];
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match name.as_str() {
        "9" => Sport::Running,
        "4" => Sport::Hiking,
        "10" => Sport::Walking,
        "1" => Sport::Cycling,
        // A swim and a workout.
        "16" | "17" => Sport::Other,
        _ if has(&["run", "jog", "treadmill"]) => Sport::Running,
        _ if has(&["hik"]) => Sport::Hiking,
        _ if has(&["walk"]) => Sport::Walking,
        _ if has(&["rid", "cycl", "bik"]) => Sport::Cycling,
        _ if has(&OTHERS) => Sport::Other,
        _ => Sport::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_is_no_other_sport() {
        for (name, sport) in [
            ("running", Sport::Running),
            ("Trail Run", Sport::Running),
            ("9", Sport::Running),
            ("16", Sport::Other),
            ("17", Sport::Other),
            ("Nordic Skiing", Sport::Other),
            ("rowing", Sport::Other),
            ("Laufen", Sport::Unknown),
            ("\u{8dd1}\u{6b65}", Sport::Unknown),
            ("other", Sport::Unknown),
            ("", Sport::Unknown),
            ("3", Sport::Unknown),
        ] {
            assert_eq!(sport_of(name), sport, "{name}");
        }
    }
}
