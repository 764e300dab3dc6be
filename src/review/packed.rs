//! Bytes that mostly differ little from the one before, in half of their room.

/// Bytes, each kept as its difference from the one before: in four bits up to seven either way, in
/// twelve beyond. A runner's cadence changes by a few steps in ten seconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Packed {
    length: usize,
    /// Two differences a byte, the first in the upper half.
    halves: Box<[u8]>,
}

/// The largest difference that four bits hold.
const NEAR: u8 = 7;

/// Instead of a difference: the byte itself follows, in two halves.
const FAR: u8 = 2 * NEAR + 1;

impl Packed {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut halves = Vec::with_capacity(bytes.len());
        let mut before = 0_u8;
        for &byte in bytes {
            // Around the end of a byte there and back again.
            match byte.wrapping_sub(before).wrapping_add(NEAR) {
                near @ 0..FAR => halves.push(near),
                _ => halves.extend([FAR, byte >> 4, byte & 0xf]),
            }
            before = byte;
        }
        let pairs = halves.chunks(2);
        Self {
            length: bytes.len(),
            halves: pairs
                .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
                .collect(),
        }
    }

    /// The number of bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The bytes as they were.
    pub(super) fn unpacked(&self) -> Vec<u8> {
        let mut halves = self.halves.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let mut next = || halves.next().unwrap_or(0);
        let mut byte = 0_u8;
        let bytes = (0..self.length).map(|_| {
            byte = match next() {
                FAR => next() << 4 | next(),
                near => byte.wrapping_add(near).wrapping_sub(NEAR),
            };
            byte
        });
        bytes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_differences_take_half_of_the_room() {
        let hour: Vec<u8> = (0..360_u16).map(|at| 160 + (at % 7) as u8).collect();
        // The first is far from zero: twelve bits.
        assert_eq!(Packed::of(&hour).halves.len(), 360 / 2 + 1);
        assert_eq!(
            Packed::of(&[0, 7, 0, 200, 193]).halves[..],
            [0x7e, 0x0f, 0xc8, 0x00]
        );
    }

    proptest! {
        #[test]
        fn bytes_come_back_as_they_were(bytes: Vec<u8>) {
            let packed = Packed::of(&bytes);
            prop_assert_eq!(packed.len(), bytes.len());
            prop_assert_eq!(packed.unpacked(), bytes);
        }
    }
}
