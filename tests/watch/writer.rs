//! Writes recordings, as small as they can be, in the three formats.

/// 2 November 2024, 08:00 UTC, in seconds of the FIT clock and of the Unix clock.
pub(crate) const START: u32 = 1_099_468_800;
pub(crate) const START_UNIX: i64 = 1_730_534_400;

/// A FIT file, message after message.
#[derive(Default)]
pub(crate) struct Fit {
    data: Vec<u8>,
}

impl Fit {
    /// Bytes as they are.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.data.extend_from_slice(bytes);
        self
    }

    /// A definition: local number, global number, and each field's number, size and base type.
    pub(crate) fn define(self, local: u8, global: u16, fields: &[(u8, u8, u8)]) -> Self {
        let [low, high] = global.to_le_bytes();
        let head = [
            0x40 | local,
            0,
            0,
            low,
            high,
            u8::try_from(fields.len()).unwrap(),
        ];
        let fields = fields
            .iter()
            .flat_map(|&(number, size, base)| [number, size, base]);
        self.raw(&head).raw(&fields.collect::<Vec<u8>>())
    }

    /// A data message: local number and the fields' bytes.
    pub(crate) fn data(self, local: u8, fields: &[&[u8]]) -> Self {
        self.raw(&[local]).raw(&fields.concat())
    }

    /// The file, with its header and checksum.
    pub(crate) fn file(self) -> Vec<u8> {
        let mut file = vec![14, 0x10, 0, 0];
        file.extend(u32::try_from(self.data.len()).unwrap().to_le_bytes());
        file.extend(b".FIT");
        file.extend(checksum(&file).to_le_bytes());
        file.extend(self.data);
        let crc = checksum(&file);
        file.extend(crc.to_le_bytes());
        file
    }
}

/// CRC-16/ARC, a bit at a time: written unlike the reader's, so that one error is not made twice.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xa001
            } else {
                crc >> 1
            }
        })
    })
}

/// A run in FIT, one record a second from `start` on: strides a minute, at 3 m/s.
pub(crate) fn fit(start: u32, strides: &[u8]) -> Vec<u8> {
    fit_with(start, strides, Some(3000), None)
}

/// The same at a speed in millimetres a second, or at none, by a clock that is ahead of UTC, where
/// it says so. Strides of 255 are no value.
pub(crate) fn fit_with(
    start: u32,
    strides: &[u8],
    speed: Option<u16>,
    utc_offset_s: Option<i32>,
) -> Vec<u8> {
    let mut fit = Fit::default()
        .define(0, 20, &[(253, 4, 0x86), (4, 1, 2), (6, 2, 0x84)])
        .define(1, 18, &[(253, 4, 0x86), (2, 4, 0x86), (5, 1, 0)]);
    let speed = speed.unwrap_or(u16::MAX).to_le_bytes();
    for (second, strides) in (start..).zip(strides) {
        fit = fit.data(0, &[&second.to_le_bytes(), &[*strides], &speed]);
    }
    let end = start + u32::try_from(strides.len()).unwrap();
    fit = fit.data(1, &[&end.to_le_bytes(), &start.to_le_bytes(), &[1]]);
    if let Some(offset) = utc_offset_s {
        let local = end.checked_add_signed(offset).unwrap();
        fit = fit
            .define(2, 34, &[(253, 4, 0x86), (5, 4, 0x86)])
            .data(2, &[&end.to_le_bytes(), &local.to_le_bytes()]);
    }
    fit.file()
}

/// A time as XML has it.
fn time(unix: i64) -> String {
    jiff::Timestamp::from_second(unix).unwrap().to_string()
}

/// The same run in TCX, with what its schema asks for.
pub(crate) fn tcx(start_unix: i64, strides: &[u8]) -> String {
    let point = |(second, strides): (i64, &u8)| {
        format!(
            "<Trackpoint><Time>{}</Time><DistanceMeters>{}</DistanceMeters><Extensions><ns3:TPX>\
             <ns3:RunCadence>{strides}</ns3:RunCadence></ns3:TPX></Extensions></Trackpoint>\n",
            time(start_unix + second),
            3 * second
        )
    };
    let points: Vec<String> = (0..).zip(strides).map(point).collect();
    let start = time(start_unix);
    format!(
        "<?xml version=\"1.0\"?>\n\
         <TrainingCenterDatabase xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\" \
         xmlns:ns3=\"http://www.garmin.com/xmlschemas/ActivityExtension/v2\">\
         <Activities><Activity Sport=\"Running\"><Id>{start}</Id><Lap StartTime=\"{start}\">\
         <TotalTimeSeconds>{}</TotalTimeSeconds><DistanceMeters>{}</DistanceMeters><Calories>0</Calories>\
         <Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod><Track>\n{}</Track></Lap></Activity>\
         </Activities></TrainingCenterDatabase>\n",
        strides.len(),
        3 * strides.len().saturating_sub(1),
        points.concat()
    )
}

/// The same run in GPX, due north: 3 m are 0.000027 degrees.
pub(crate) fn gpx(start_unix: i64, strides: &[u8]) -> String {
    let point = |(second, strides): (i64, &u8)| {
        format!(
            "<trkpt lat=\"{:.6}\" lon=\"7\"><time>{}</time><extensions><gpxtpx:TrackPointExtension>\
             <gpxtpx:cad>{strides}</gpxtpx:cad></gpxtpx:TrackPointExtension></extensions></trkpt>\n",
            47.0 + 0.000_027 * second as f64,
            time(start_unix + second),
        )
    };
    let points: Vec<String> = (0..).zip(strides).map(point).collect();
    format!(
        "<?xml version=\"1.0\"?>\n\
         <gpx version=\"1.1\" creator=\"cadence\" xmlns=\"http://www.topografix.com/GPX/1/1\" \
         xmlns:gpxtpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v2\">\n\
         <trk><type>running</type><trkseg>\n{}</trkseg></trk></gpx>\n",
        points.concat()
    )
}
