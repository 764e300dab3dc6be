//! The pull parser that TCX and GPX share: names without their prefix, text, and no more depth or
//! length than a recording has.
//!
//! Prefixes are not resolved, since real files leave them undeclared. Nothing is expanded: a
//! document type declaration, where entity bombs live, is refused.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};

use super::WatchError;
use super::recording::Fault;
use super::source;

/// The deepest element that is followed; the deepest of a real file is 9. The project's own bound.
const MAX_DEPTH: usize = 64;

/// The longest tag or text that is read, in bytes. The project's own bound.
const MAX_TOKEN: usize = 256 << 10;

/// What comes next in the document.
pub(super) enum Step {
    /// An element begins.
    Open,
    /// An element ends; its text is complete.
    Close,
    /// The document ends.
    End,
}

/// Why reading ended before the document did.
pub(super) enum Stop {
    /// What came before is good.
    Fault(Fault),
    /// The source is not to be read at all.
    Refused(WatchError),
}

/// Walks a document.
pub(super) struct Pull<'a> {
    reader: Reader<Metered<'a>>,
    buffer: Vec<u8>,
    depth: usize,
    tag: Tag,
    text: String,
    /// The element is empty: its end comes next, without an event of the parser.
    empty: bool,
}

/// The last tag, as it is in the file.
#[derive(Default)]
struct Tag {
    /// Of an end tag only its name. The buffer is used again: a recording has a tag or more a line.
    content: String,
    /// Where the name is, without its prefix.
    name: Range<usize>,
}

impl Tag {
    fn set(&mut self, content: &str, name_length: usize) {
        self.content.clear();
        self.content.push_str(content);
        let mut name = self.content.bytes().take(name_length);
        let prefix = name.position(|byte| byte == b':');
        self.name = prefix.map_or(0, |colon| colon + 1)..name_length;
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let tag = BytesStart::from_content(self.content.as_str(), self.name.end);
        let attribute = tag.try_get_attribute(name).ok()??;
        Some(attribute.value.trim().to_owned())
    }
}

impl<'a> Pull<'a> {
    pub(super) fn new(source: Box<dyn BufRead + 'a>) -> Self {
        Self {
            reader: Reader::from_reader(Metered {
                source: BufReader::new(Ascii(source)),
                left: MAX_TOKEN,
            }),
            buffer: Vec::new(),
            depth: 0,
            tag: Tag::default(),
            text: String::new(),
            empty: false,
        }
    }

    /// The local name of the element that the last step was about.
    pub(super) fn name(&self) -> &str {
        &self.tag.content[self.tag.name.clone()]
    }

    /// The text in the element that just ended, after its last child, without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// That text as a number, of whatever size; `None` where it is not one.
    pub(super) fn number(&self) -> Option<f64> {
        self.text().parse().ok()
    }

    /// An attribute of the element that just began.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.tag.attribute(name)
    }

    /// How far the document was read, in bytes.
    pub(super) fn at(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The next element that begins or ends.
    pub(super) fn step(&mut self) -> Result<Step, Stop> {
        if std::mem::take(&mut self.empty) {
            return Ok(Step::Close);
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = MAX_TOKEN;
            let at = self.reader.buffer_position();
            let event = self.reader.read_event_into(&mut self.buffer);
            let event = event.map_err(|error| stop(at, error))?;
            self.empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.depth += usize::from(!self.empty);
                    if self.depth > MAX_DEPTH {
                        return Err(Stop::Refused(WatchError::TooDeep));
                    }
                    self.tag.set(&tag, tag.name().into_inner().len());
                    self.text.clear();
                    return Ok(Step::Open);
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.tag.set(&tag, tag.name().into_inner().len());
                    return Ok(Step::Close);
                }
                // What is read is a number, a time or a word; a longer text is a note.
                Event::Text(text) if self.text.len() < 100 => self.text.push_str(&text),
                Event::CData(text) if self.text.len() < 100 => self.text.push_str(&text),
                Event::DocType(_) => return Err(Stop::Refused(WatchError::DocumentType)),
                Event::Eof if self.depth == 0 => return Ok(Step::End),
                Event::Eof => return Err(Stop::Fault(Fault::CutOff { at })),
                // Entities occur in names and notes, never in the text that is read here.
                _ => {}
            }
        }
    }
}

/// What an error of the parser at this byte means.
fn stop(at: u64, error: Error) -> Stop {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Stop::Fault(Fault::CutOff { at })
        }
        Error::Io(error) if !source::is_damage(&error) => {
            // The error itself sits in an `Arc`: its kind and text are what can be had of it.
            Stop::Refused(io::Error::new(error.kind(), error.to_string()).into())
        }
        Error::Syntax(_) | Error::IllFormed(IllFormedError::UnclosedReference) => {
            // The parser names the construct that the end of the file interrupted.
            Stop::Fault(Fault::CutOff { at })
        }
        error => Stop::Fault(Fault::Damaged {
            at,
            reason: error.to_string(),
        }),
    }
}

/// Replaces what is not ASCII: no tag, number or time has it, and a name in another encoding must
/// not cost the run.
struct Ascii<R>(R);

impl<R: Read> Read for Ascii<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        let bytes = &mut buffer[..read];
        if !bytes.is_ascii() {
            for byte in bytes.iter_mut().filter(|byte| !byte.is_ascii()) {
                *byte = b'?';
            }
        }
        Ok(read)
    }
}

/// A source that fails where one token would take more memory than any real one does.
struct Metered<'a> {
    source: BufReader<Ascii<Box<dyn BufRead + 'a>>>,
    left: usize,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl BufRead for Metered<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a tag or text without end",
            ));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.source.consume(amount);
    }
}
