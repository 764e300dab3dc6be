//! GPX, GPS exchange XML.
//!
//! The format itself has no cadence; extensions have: `gpxtpx:cad`, `ns3:cad`, `gpxdata:cadence`, bare `cadence`. Only
//! local names are compared.

use super::WatchError;
use super::points::{Point, Points, time};
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
                ("time", Some(point)) => point.at = time(pull.text()),
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

/// What `type` says in words, or in Strava's numbers.
fn sport_of(name: &str) -> Sport {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if name == "9" || has(&["run", "jog", "treadmill"]) {
        Sport::Running
    } else if name == "4" || has(&["hik"]) {
        Sport::Hiking
    } else if name == "10" || has(&["walk"]) {
        Sport::Walking
    } else if name == "1" || has(&["rid", "cycl", "bik"]) {
        Sport::Cycling
    } else if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
        Sport::Unknown
    } else {
        Sport::Other
    }
}
