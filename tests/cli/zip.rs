//! Writes ZIP archives, as small as they can be.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An archive, member after member.
#[derive(Default)]
pub(crate) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    members: u16,
}

impl Zip {
    /// A member that is compressed.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content.as_ref()).unwrap();
        let packed = packed.finish().unwrap();
        self.member(name, content.as_ref(), &packed, 8)
    }

    /// A member as it is.
    pub(crate) fn stored(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.member(name, content.as_ref(), content.as_ref(), 0)
    }

    /// A member that says it holds `content`, packed as `packed` by a method.
    fn member(mut self, name: &str, content: &[u8], packed: &[u8], method: u16) -> Self {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let mut checksum = flate2::Crc::new();
        checksum.update(content);
        // What the local header and the directory have in common: version, flags, method, time,
        // date, checksum, sizes, and the length of the name.
        let mut common = vec![20, 0, 0, 0];
        common.extend(method.to_le_bytes());
        common.extend([0; 4]);
        common.extend(checksum.sum().to_le_bytes());
        common.extend(size(packed));
        common.extend(size(content));
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0; 2]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&common);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.members += 1;
        self
    }

    /// The file.
    pub(crate) fn file(self) -> Vec<u8> {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let size = u32::try_from(self.directory.len()).unwrap();
        let mut file = self.bytes;
        file.extend(self.directory);
        file.extend(b"PK\x05\x06\0\0\0\0");
        file.extend(self.members.to_le_bytes());
        file.extend(self.members.to_le_bytes());
        file.extend(size.to_le_bytes());
        file.extend(offset.to_le_bytes());
        file.extend([0; 2]);
        file
    }
}
