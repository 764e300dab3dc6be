//! XML that is made to do harm.

use std::io::{self, Read};

use cadence::watch::{self, WatchError};
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use super::writer::{START_UNIX, gpx, tcx};

/// The same bytes over and over, behind a beginning: nothing of it is held in memory here.
struct Endless {
    begin: io::Cursor<Vec<u8>>,
    again: Vec<u8>,
    left: usize,
}

impl Endless {
    fn new(begin: &str, again: &str, length: usize) -> Self {
        Self {
            begin: io::Cursor::new(begin.into()),
            again: again.into(),
            left: length / again.len() * again.len(),
        }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.begin.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        let whole = buffer.len().min(self.left) / self.again.len() * self.again.len();
        for chunk in buffer[..whole].chunks_mut(self.again.len()) {
            chunk.copy_from_slice(&self.again);
        }
        self.left -= whole;
        Ok(whole)
    }
}

#[test]
fn the_recordings_of_tests_and_benchmarks_declare_their_prefixes() {
    for (text, elements) in [
        (tcx(START_UNIX, &[80; 3]), 29),
        (gpx(START_UNIX, &[80; 3]), 19),
    ] {
        let mut reader = NsReader::from_str(&text);
        let mut seen = 0;
        loop {
            match reader.read_resolved_event().unwrap() {
                (_, Event::Eof) => break,
                (namespace, Event::Start(element)) => {
                    assert!(matches!(namespace, ResolveResult::Bound(_)), "{element:?}");
                    seen += 1;
                }
                _ => {}
            }
        }
        assert_eq!(seen, elements);
    }
}

#[test]
fn a_hundred_megabytes_of_nesting_are_refused() {
    let nesting = Endless::new("<gpx>", "<a>", 100 << 20);
    assert!(matches!(watch::read(nesting), Err(WatchError::TooDeep)));
}

#[test]
fn entities_are_not_even_defined() {
    let bomb = "<!DOCTYPE gpx [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><gpx><trk><name>&b;</name></trk></gpx>";
    assert!(matches!(
        watch::read(bomb.as_bytes()),
        Err(WatchError::DocumentType)
    ));
    // Those that XML itself has stand in names, and do no harm.
    let named =
        gpx(START_UNIX, &[80; 3]).replace("<trkseg>", "<name>&lt;&unknown;&#65;</name><trkseg>");
    assert_eq!(
        watch::read(named.as_bytes()).unwrap().sessions[0]
            .records
            .len(),
        3
    );
}

#[test]
fn a_tag_or_a_text_without_end_is_given_up() {
    for begin in ["<gpx><trk ", "<gpx><trk>", "<gpx><!-- ", "<gpx><![CDATA["] {
        let endless = Endless::new(begin, "a", 8 << 20);
        let error = watch::read(endless).unwrap_err();
        assert!(
            matches!(error, WatchError::Damaged { .. }),
            "{begin}: {error}"
        );
    }
}

#[test]
fn what_unpacks_to_more_than_any_recording_is_refused() {
    // 300 MB of elements, each with a blank text, in a few hundred kB.
    let element = format!("<a>{:1000}</a>", "");
    let bomb = Endless::new("<gpx>", &element, 300 << 20);
    let packed = flate2::read::GzEncoder::new(bomb, flate2::Compression::fast());
    assert!(matches!(watch::read(packed), Err(WatchError::TooLarge)));
}
