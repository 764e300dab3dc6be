//! TCX, Training Center XML.
//!
//! Cadence is in `Extensions/TPX/RunCadence`, or, from Polar and Suunto, in plain `Cadence`.

use super::WatchError;
use super::points::{Point, Points};
use super::quantity::{Distance, Place, Reading, Span, Speed};
use super::recording::{Format, Lap, Moment, Recording, Sport};
use super::xml::{Pull, Step, Stop};

/// Reads the document after the start of its root element.
pub(super) fn read(mut pull: Pull<'_>) -> Result<Recording, WatchError> {
    let mut reader = Reader::default();
    let end = loop {
        if reader.points.is_full() {
            break None;
        }
        match pull.step() {
            Ok(Step::Open) => reader.open(&pull),
            Ok(Step::Close) => reader.close(&pull),
            Ok(Step::End) => break None,
            Err(Stop::Fault(fault)) => break Some(fault),
            Err(Stop::Refused(error)) => return Err(error),
        }
    };
    // A lap that the file's end cut short is still one.
    reader.end_lap();
    reader.points.recording(Format::Tcx, end)
}

#[derive(Default)]
struct Reader {
    points: Points,
    lap: Option<OpenLap>,
    point: Option<OpenPoint>,
}

#[derive(Default)]
struct OpenLap {
    start: Option<Moment>,
    length: Option<Span>,
    distance: Option<Distance>,
    run_cadence: Reading,
    cadence: Reading,
    tracks: u32,
}

#[derive(Default)]
struct OpenPoint {
    point: Point,
    run_cadence: Reading,
    lat: Option<f64>,
    lon: Option<f64>,
}

impl Reader {
    fn open(&mut self, pull: &Pull<'_>) {
        match pull.name() {
            "Activity" => {
                let sport = pull.attribute("Sport").unwrap_or_default();
                self.points.session(sport_of(&sport));
            }
            "Lap" => {
                let start = pull.attribute("StartTime");
                self.lap = Some(OpenLap {
                    start: start.and_then(|text| self.points.time(&text)),
                    ..OpenLap::default()
                });
            }
            "Track" => {
                // A second track within a lap follows a pause.
                if let Some(lap) = &mut self.lap {
                    lap.tracks += 1;
                    if lap.tracks > 1 {
                        self.points.interrupt();
                    }
                }
            }
            "Trackpoint" => self.point = Some(OpenPoint::default()),
            _ => {}
        }
    }

    fn close(&mut self, pull: &Pull<'_>) {
        let at = pull.at();
        let refused = &mut self.points.refused;
        // An invalid number was not measured either, but there is no value to report.
        let mut cadence = || match pull.number() {
            Some(number) => refused.reading(at, number),
            None => Reading::Invalid,
        };
        if let Some(open) = &mut self.point {
            match pull.name() {
                "Time" => open.point.at = self.points.time(pull.text()),
                "DistanceMeters" => {
                    let metres = pull.number().map(Distance::from_metres);
                    open.point.distance = metres.and_then(|metres| refused.check(at, metres));
                }
                "Speed" => {
                    let speed = pull.number().map(Speed::from_mps);
                    open.point.speed = speed.and_then(|speed| refused.check(at, speed));
                }
                "LatitudeDegrees" => open.lat = pull.number(),
                "LongitudeDegrees" => open.lon = pull.number(),
                "RunCadence" => open.run_cadence = cadence(),
                "Cadence" => open.point.cadence = cadence(),
                "Trackpoint" => {
                    let place = open.lat.zip(open.lon);
                    let place = place.map(|(lat, lon)| Place::from_degrees(lat, lon));
                    let point = Point {
                        cadence: open.run_cadence.or(open.point.cadence),
                        place: place.and_then(|place| refused.check(at, place)),
                        ..open.point
                    };
                    self.point = None;
                    self.points.point(point, at);
                }
                _ => {}
            }
        } else if let Some(lap) = &mut self.lap {
            match pull.name() {
                "TotalTimeSeconds" => {
                    let length = pull.number().map(Span::from_seconds);
                    lap.length = length.and_then(|length| refused.check(at, length));
                }
                "DistanceMeters" => {
                    let metres = pull.number().map(Distance::from_metres);
                    lap.distance = metres.and_then(|metres| refused.check(at, metres));
                }
                "AvgRunCadence" => lap.run_cadence = cadence(),
                "Cadence" => lap.cadence = cadence(),
                "Lap" => self.end_lap(),
                _ => {}
            }
        }
    }

    fn end_lap(&mut self) {
        if let Some(lap) = self.lap.take()
            && let Some(start) = lap.start
        {
            self.points.lap(Lap {
                start,
                length: lap.length,
                distance: lap.distance,
                cadence: lap.run_cadence.or(lap.cadence),
            });
        }
    }
}

fn sport_of(name: &str) -> Sport {
    match name.to_ascii_lowercase().as_str() {
        "running" => Sport::Running,
        "walking" => Sport::Walking,
        "hiking" => Sport::Hiking,
        "biking" | "cycling" => Sport::Cycling,
        // "Other" is all that the schema has left for walking and hiking.
        _ => Sport::Unknown,
    }
}
