//! How long an Ogg file says it is. Symphonia does not say once the file is damaged, and then
//! reports a clean end.

use std::io::{self, Read, Seek, SeekFrom};

/// A page is at most 65,307 bytes long: so much of the end holds the beginning of the last one.
const END: u64 = 66_000;

/// The granule position of the last page, which counts frames; the file is left at its start.
pub(super) fn last_granule(file: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.take(END).read_to_end(&mut end)?;
    file.seek(SeekFrom::Start(0))?;
    let pages = end.windows(14).rev().filter_map(|bytes| {
        let rest = bytes.strip_prefix(b"OggS\0")?;
        let (_, granule) = rest.split_first_chunk::<1>()?;
        let granule = u64::from_le_bytes(*granule.first_chunk()?);
        // On a page on which no packet ends there is none: all bits are set.
        (granule <= u64::from(u32::MAX) * 16).then_some(granule)
    });
    Ok(pages.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn page(granule: u64) -> Vec<u8> {
        [b"OggS\0\x04".as_slice(), &granule.to_le_bytes(), &[9; 30]].concat()
    }

    #[test]
    fn the_last_page_that_has_a_granule_counts() {
        let last = |file: &[u8]| last_granule(&mut Cursor::new(file)).unwrap();
        assert_eq!(
            last(&[page(100), page(176_400), page(u64::MAX)].concat()),
            Some(176_400)
        );
        // Cut off within the last page.
        assert_eq!(
            last(&[page(100), page(300)[..20].to_vec()].concat()),
            Some(300)
        );
        assert_eq!(last(b"OggS"), None);
        assert_eq!(last(&[vec![0; 100_000], page(7)].concat()), Some(7));
    }
}
