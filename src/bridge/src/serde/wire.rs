//! The bytes of msgpack, with nothing of Python in them.

/// Room kept before the payload of an extension, whose head depends on the payload's length.
const MAX_EXT_HEAD: usize = 6;

/// Writes heads and plain values.
#[derive(Default)]
pub struct Writer {
    pub out: Vec<u8>,
}

impl Writer {
    pub fn nil(&mut self) {
        self.out.push(0xc0);
    }

    pub fn bool(&mut self, value: bool) {
        self.out.push(0xc2 + u8::from(value));
    }

    #[inline]
    pub fn float(&mut self, value: f64) {
        self.head(0xcb, value.to_be_bytes());
    }

    #[inline]
    pub fn int(&mut self, value: i64) {
        if value >= 0 {
            return self.uint(value as u64);
        }
        match value {
            -0x20.. => self.out.push(value as u8),
            -0x80.. => self.head(0xd0, [value as u8]),
            -0x8000.. => self.head(0xd1, (value as i16).to_be_bytes()),
            -0x8000_0000.. => self.head(0xd2, (value as i32).to_be_bytes()),
            _ => self.head(0xd3, value.to_be_bytes()),
        }
    }

    #[inline]
    pub fn uint(&mut self, value: u64) {
        match value {
            0..=0x7f => self.out.push(value as u8),
            0x80..=0xff => self.head(0xcc, [value as u8]),
            0x100..=0xffff => self.head(0xcd, (value as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.head(0xce, (value as u32).to_be_bytes()),
            _ => self.head(0xcf, value.to_be_bytes()),
        }
    }

    #[inline]
    pub fn str(&mut self, text: &[u8]) {
        match text.len() {
            length @ 0..=31 => self.out.push(0xa0 | length as u8),
            length @ 32..=0xff => self.head(0xd9, [length as u8]),
            length => self.sized(0xda, length),
        }
        self.out.extend_from_slice(text);
    }

    pub fn bin(&mut self, bytes: &[u8]) {
        match bytes.len() {
            length @ 0..=0xff => self.head(0xc4, [length as u8]),
            length => self.sized(0xc5, length),
        }
        self.out.extend_from_slice(bytes);
    }

    pub fn array(&mut self, length: usize) {
        match length {
            0..=15 => self.out.push(0x90 | length as u8),
            _ => self.sized(0xdc, length),
        }
    }

    pub fn map(&mut self, length: usize) {
        match length {
            0..=15 => self.out.push(0x80 | length as u8),
            _ => self.sized(0xde, length),
        }
    }

    /// Begins an extension; what is written from here to `end_ext` is its payload.
    pub fn begin_ext(&mut self) -> usize {
        let start = self.out.len();
        self.out.extend_from_slice(&[0; MAX_EXT_HEAD]);
        start
    }

    pub fn end_ext(&mut self, start: usize, code: u8) {
        let payload = start + MAX_EXT_HEAD;
        let length = self.out.len() - payload;
        let mut head = [0; MAX_EXT_HEAD];
        let used = match length {
            1 | 2 | 4 | 8 | 16 => {
                head[0] = 0xd4 + length.trailing_zeros() as u8;
                1
            }
            0..=0xff => {
                head[..2].copy_from_slice(&[0xc7, length as u8]);
                2
            }
            0x100..=0xffff => {
                head[0] = 0xc8;
                head[1..3].copy_from_slice(&(length as u16).to_be_bytes());
                3
            }
            _ => {
                head[0] = 0xc9;
                head[1..5].copy_from_slice(&(length as u32).to_be_bytes());
                5
            }
        };
        head[used] = code;
        self.out[start..=start + used].copy_from_slice(&head[..=used]);
        self.out.copy_within(payload.., start + used + 1);
        self.out.truncate(start + used + 1 + length);
    }

    /// A length of 16 bits under `code`, of 32 under the next one.
    fn sized(&mut self, code: u8, length: usize) {
        match u16::try_from(length) {
            Ok(length) => self.head(code, length.to_be_bytes()),
            Err(_) => self.head(code + 1, (length as u32).to_be_bytes()),
        }
    }

    #[inline]
    fn head<const SIZE: usize>(&mut self, code: u8, bytes: [u8; SIZE]) {
        self.out.reserve(1 + SIZE);
        self.out.push(code);
        self.out.extend_from_slice(&bytes);
    }
}

/// What a head says, with the number or length that is part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(usize),
    Bin(usize),
    Array(usize),
    Map(usize),
    /// The payload's length; the code follows.
    Ext(usize),
    Reserved,
}

/// The bytes ended where there had to be more.
#[derive(Debug, PartialEq)]
pub struct Ended;

/// Reads heads and the bytes they announce.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Ended> {
        if length > self.rest.len() {
            return Err(Ended);
        }
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, Ended> {
        let (&byte, rest) = self.rest.split_first().ok_or(Ended)?;
        self.rest = rest;
        Ok(byte)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Ended> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("as many bytes as were asked for"))
    }

    fn length(&mut self, log2_size: u8) -> Result<usize, Ended> {
        Ok(match log2_size {
            0 => self.byte()? as usize,
            1 => u16::from_be_bytes(self.bytes()?) as usize,
            _ => u32::from_be_bytes(self.bytes()?) as usize,
        })
    }

    #[inline(always)]
    pub fn head(&mut self) -> Result<Head, Ended> {
        let byte = self.byte()?;
        Ok(match byte {
            0x00..=0x7f => Head::Int(byte as i64),
            0x80..=0x8f => Head::Map((byte & 0x0f) as usize),
            0x90..=0x9f => Head::Array((byte & 0x0f) as usize),
            0xa0..=0xbf => Head::Str((byte & 0x1f) as usize),
            0xc0 => Head::Nil,
            0xc1 => Head::Reserved,
            0xc2 | 0xc3 => Head::Bool(byte == 0xc3),
            0xc4..=0xc6 => Head::Bin(self.length(byte - 0xc4)?),
            0xc7..=0xc9 => Head::Ext(self.length(byte - 0xc7)?),
            0xca => Head::Float(f32::from_be_bytes(self.bytes()?) as f64),
            0xcb => Head::Float(f64::from_be_bytes(self.bytes()?)),
            0xcc => Head::Int(self.byte()? as i64),
            0xcd => Head::Int(u16::from_be_bytes(self.bytes()?) as i64),
            0xce => Head::Int(u32::from_be_bytes(self.bytes()?) as i64),
            0xcf => Head::Uint(u64::from_be_bytes(self.bytes()?)),
            0xd0 => Head::Int(self.byte()? as i8 as i64),
            0xd1 => Head::Int(i16::from_be_bytes(self.bytes()?) as i64),
            0xd2 => Head::Int(i32::from_be_bytes(self.bytes()?) as i64),
            0xd3 => Head::Int(i64::from_be_bytes(self.bytes()?)),
            0xd4..=0xd8 => Head::Ext(1 << (byte - 0xd4)),
            0xd9..=0xdb => Head::Str(self.length(byte - 0xd9)?),
            0xdc | 0xdd => Head::Array(self.length(byte - 0xdc + 1)?),
            0xde | 0xdf => Head::Map(self.length(byte - 0xde + 1)?),
            0xe0..=0xff => Head::Int(byte as i8 as i64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints() -> Vec<i64> {
        let edges = [0, 0x20, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
        let mut all = vec![i64::MIN, i64::MAX];
        for edge in edges {
            for near in [edge - 1, edge, edge + 1] {
                all.extend([near, -near]);
            }
        }
        all
    }

    #[test]
    fn ints_take_the_shortest_form_and_come_back() {
        for int in ints() {
            let mut writer = Writer::default();
            writer.int(int);
            let shortest = match int {
                -0x20..=0x7f => 1,
                -0x80..=0xff => 2,
                -0x8000..=0xffff => 3,
                -0x8000_0000..=0xffff_ffff => 5,
                _ => 9,
            };
            assert_eq!(writer.out.len(), shortest, "{int}");
            let read = match Reader::new(&writer.out).head().unwrap() {
                Head::Int(read) => read,
                Head::Uint(read) => read as i64,
                other => panic!("{other:?}"),
            };
            assert_eq!(read, int);
        }
    }

    #[test]
    fn an_extension_of_any_length_keeps_its_payload() {
        for length in [0, 1, 2, 3, 4, 8, 15, 16, 17, 255, 256, 0xffff, 0x1_0000] {
            let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let mut writer = Writer::default();
            writer.nil();
            let start = writer.begin_ext();
            writer.out.extend_from_slice(&payload);
            writer.end_ext(start, 5);
            let mut reader = Reader::new(&writer.out);
            assert_eq!(reader.head(), Ok(Head::Nil));
            assert_eq!(reader.head(), Ok(Head::Ext(length)));
            assert_eq!(reader.byte(), Ok(5));
            assert_eq!(reader.take(length), Ok(&payload[..]));
            assert_eq!(reader.remaining(), 0);
        }
    }

    #[test]
    fn what_is_cut_short_is_told() {
        for bytes in [&[][..], &[0xd9], &[0xcb, 0], &[0xdf, 0, 0]] {
            assert_eq!(Reader::new(bytes).head(), Err(Ended));
        }
        assert_eq!(Reader::new(&[1]).take(2), Err(Ended));
    }
}
