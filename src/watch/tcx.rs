//! TCX, Training Center XML.
//!
//! Cadence stands in `Extensions/TPX/RunCadence`, or, from Polar and Suunto, in plain `Cadence`.

use super::WatchError;
use super::points::{Point, Points, time};
use super::recording::{Format, Lap, Moment, Reading, Recording, Sport};
use super::xml::{Pull, Step, Stop};

/// Reads the document behind the start of its root element.
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
    seconds: Option<f64>,
    metres: Option<f64>,
    average: Option<f64>,
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
                self.lap = Some(OpenLap {
                    start: pull.attribute("StartTime").and_then(|text| time(&text)),
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
        if let Some(open) = &mut self.point {
            match pull.name() {
                "Time" => open.point.at = time(pull.text()),
                "DistanceMeters" => open.point.distance = pull.number(),
                "Speed" => open.point.speed = pull.number(),
                "LatitudeDegrees" => open.lat = pull.number(),
                "LongitudeDegrees" => open.lon = pull.number(),
                "RunCadence" => open.run_cadence = reading(pull),
                "Cadence" => open.point.cadence = reading(pull),
                "Trackpoint" => {
                    let point = Point {
                        cadence: open.run_cadence.or(open.point.cadence),
                        place: open.lat.zip(open.lon),
                        ..open.point
                    };
                    self.point = None;
                    self.points.point(point, pull.at());
                }
                _ => {}
            }
        } else if let Some(lap) = &mut self.lap {
            match pull.name() {
                "TotalTimeSeconds" => lap.seconds = pull.number(),
                "DistanceMeters" => lap.metres = pull.number(),
                "AvgRunCadence" => lap.average = pull.number(),
                "Cadence" => lap.average = lap.average.or(pull.number()),
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
                seconds: lap.seconds,
                metres: lap.metres,
                average: lap.average,
            });
        }
    }
}

/// The cadence that an element holds; one that is no number is invalid.
fn reading(pull: &Pull<'_>) -> Reading {
    pull.number().map_or(Reading::Invalid, Reading::from_number)
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
