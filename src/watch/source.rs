//! The bytes of a recording: unpacked where they are packed, and bounded whatever they claim to be.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

/// The most bytes that are read of one recording, unpacked: five days of a chatty TCX. The
/// project's own bound.
const MAX_BYTES: u64 = 256 << 20;

/// As many bytes as show the format: those of a FIT header.
const HEAD: usize = 12;

/// The most members that a gzip file may be made of: packers write one, those that work in parallel
/// some hundreds. Each costs time even where it is empty, and eight megabytes hold 400,000 of
/// those. The project's own bound.
const MAX_MEMBERS: usize = 1_000;

/// A source whose first bytes can be seen before anything is read.
pub(super) type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of a source, and the source with those bytes put back.
fn peek<R: Read>(mut source: R, length: usize) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::with_capacity(length);
    source.by_ref().take(length as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(source)))
}

/// The source, unpacked if it is gzip, with its first bytes.
pub(super) fn open<'a>(source: impl Read + 'a) -> io::Result<(Vec<u8>, Box<dyn BufRead + 'a>)> {
    let (magic, source) = peek(BufReader::new(source), 2)?;
    let unpacked: Box<dyn BufRead + 'a> = if magic == [0x1f, 0x8b] {
        Box::new(BufReader::new(Bounded::new(Members::new(source))))
    } else {
        Box::new(BufReader::new(Bounded::new(source)))
    };
    let (head, source) = peek(unpacked, HEAD)?;
    Ok((head, Box::new(source)))
}

/// A reader that fails where a recording would end up longer than any recording is.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R> Bounded<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: MAX_BYTES,
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// Unpacks a gzip file, member after member.
struct Members<R> {
    /// `None` after the last one.
    member: Option<GzDecoder<R>>,
    left: usize,
}

impl<R: BufRead> Members<R> {
    fn new(source: R) -> Self {
        Self {
            member: Some(GzDecoder::new(source)),
            left: MAX_MEMBERS,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut source) = self.member.take().map(GzDecoder::into_inner) else {
                break;
            };
            if source.fill_buf()?.is_empty() {
                break;
            }
            self.left -= 1;
            if self.left == 0 {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            self.member = Some(GzDecoder::new(source));
        }
        Ok(0)
    }
}

/// Whether an error says that the bytes are damaged, and not that they could not be fetched.
///
/// gzip reports a cut file and broken data as errors of these kinds.
pub(super) fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
    )
}
