//! Opus packets as samples. Symphonia reads their container, ropus decodes them.

use ropus::OpusMSDecoder;
use symphonia::core::audio::Position;
use symphonia::core::packet::Packet;

use super::decode::DecodeError;

/// Opus always decodes to this rate.
const SAMPLE_RATE: i32 = 48_000;
/// The longest packet lasts 120 ms.
const MAX_FRAMES: usize = 5_760;
/// Front left and right, side or back left and right, centre and LFE: what Vorbis order has up to
/// 7.1.
const MAX_CHANNELS: u8 = 8;

/// Decodes the packets of one stream, mono to 7.1.
pub(super) struct OpusDecoder {
    decoder: OpusMSDecoder,
    channels: usize,
    gain: f32,
    samples: Vec<i16>,
}

impl OpusDecoder {
    /// From the identification header (RFC 7845, section 5.1).
    pub(super) fn new(header: &[u8]) -> Result<Self, DecodeError> {
        let fault = || DecodeError::Damaged("the header of Opus");
        let Some((header, rest)) = header.split_first_chunk::<19>() else {
            return Err(fault());
        };
        let (channels, family) = (header[9], header[18]);
        let (streams, coupled, mapping) = match (family, rest) {
            (0, _) if channels <= 2 => (1, channels.saturating_sub(1), &[0, 1][..]),
            (1, [streams, coupled, mapping @ ..]) => (*streams, *coupled, mapping),
            _ => {
                return Err(DecodeError::Unsupported(format!(
                    "Opus of channel family {family}"
                )));
            }
        };
        if !(1..=MAX_CHANNELS).contains(&channels) || mapping.len() < usize::from(channels) {
            return Err(fault());
        }
        let decoder = OpusMSDecoder::new(
            SAMPLE_RATE,
            channels.into(),
            streams.into(),
            coupled.into(),
            mapping,
        );
        // In 256ths of a decibel.
        let gain = f32::from(i16::from_le_bytes([header[16], header[17]])) / 256.0;
        Ok(Self {
            decoder: decoder.map_err(|_| fault())?,
            channels: channels.into(),
            gain: 10_f32.powf(gain / 20.0),
            samples: vec![0; MAX_FRAMES * usize::from(channels)],
        })
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Where the channels are: in the order of Vorbis (RFC 7845, section 5.1.1.2).
    pub(super) fn positions(&self) -> Vec<Position> {
        use Position as P;
        let (left, right, centre) = (P::FRONT_LEFT, P::FRONT_RIGHT, P::FRONT_CENTER);
        let (side_left, side_right) = (P::SIDE_LEFT, P::SIDE_RIGHT);
        let (rear_left, rear_right) = (P::REAR_LEFT, P::REAR_RIGHT);
        let (rear, low) = (P::REAR_CENTER, P::LFE1);
        match self.channels {
            2 => vec![left, right],
            3 => vec![left, centre, right],
            4 => vec![left, right, rear_left, rear_right],
            5 => vec![left, centre, right, rear_left, rear_right],
            6 => vec![left, centre, right, rear_left, rear_right, low],
            7 => vec![left, centre, right, side_left, side_right, rear, low],
            8 => vec![
                left, centre, right, side_left, side_right, rear_left, rear_right, low,
            ],
            _ => vec![centre],
        }
    }

    /// Decodes a packet, less what the container says to leave out at the end; false where it is
    /// damaged.
    pub(super) fn decode(&mut self, packet: &Packet, block: &mut Vec<f32>) -> bool {
        let Ok(length) = i32::try_from(packet.data.len()) else {
            return false;
        };
        // An empty packet would be concealed, for as long as the buffer is.
        if length == 0 {
            return false;
        }
        let frames =
            self.decoder
                .decode(Some(&packet.data), length, &mut self.samples, 5_760, false);
        let Ok(frames) = frames.and_then(|frames| usize::try_from(frames).map_err(|_| 0)) else {
            return false;
        };
        let trimmed = usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX);
        let kept = frames.saturating_sub(trimmed) * self.channels;
        let samples = self.samples.iter().take(kept);
        block.clear();
        block.extend(samples.map(|sample| f32::from(*sample) / 32_768.0 * self.gain));
        true
    }
}
