//! The tokens: what a value is made of, and how each is written.

use super::Error;

/// A piece of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'de> {
    Nil,
    Bool(bool),
    U64(u64),
    /// A number below zero.
    I64(i64),
    U128(u128),
    F64(f64),
    Str(&'de str),
    Bytes(&'de [u8]),
    /// So many values follow; without a number, as many as come before [`Token::End`].
    Seq(Option<usize>),
    /// So many pairs follow; without a number, as many as come before [`Token::End`].
    Map(Option<usize>),
    End,
    /// The shared value that stands in this part.
    Part(usize),
}

// Below 0x80 a byte is a small number. Then come three spans of 32 that tell a small place or length with them.
const STR: u8 = 0x80;
const SEQ: u8 = 0xa0;
const MAP: u8 = 0xc0;
const SPAN: usize = 0x20;
const NIL: u8 = 0xe0;
const FALSE: u8 = 0xe1;
const TRUE: u8 = 0xe2;
const U64: u8 = 0xe3;
const I64: u8 = 0xe4;
const U128: u8 = 0xe5;
const F64: u8 = 0xe6;
const BYTES: u8 = 0xe7;
const LONG_STR: u8 = 0xe8;
const LONG_SEQ: u8 = 0xe9;
const LONG_MAP: u8 = 0xea;
const OPEN_SEQ: u8 = 0xeb;
const OPEN_MAP: u8 = 0xec;
const END: u8 = 0xed;
const PART: u8 = 0xee;

/// Bytes that grow by tokens. A string is written as its place in the table.
#[derive(Debug, Default)]
pub(super) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn nil(&mut self) {
        self.0.push(NIL);
    }

    pub fn bool(&mut self, value: bool) {
        self.0.push(if value { TRUE } else { FALSE });
    }

    pub fn u64(&mut self, value: u64) {
        match u8::try_from(value) {
            Ok(small) if small < STR => self.0.push(small),
            _ => {
                self.0.push(U64);
                self.varint(value);
            }
        }
    }

    pub fn i64(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.u64(value),
            Err(_) => {
                self.0.push(I64);
                self.varint(!value.cast_unsigned());
            }
        }
    }

    pub fn u128(&mut self, value: u128) {
        self.0.push(U128);
        self.0.extend(value.to_le_bytes());
    }

    pub fn f64(&mut self, value: f64) {
        self.0.push(F64);
        self.0.extend(value.to_le_bytes());
    }

    pub fn bytes(&mut self, value: &[u8]) {
        self.0.push(BYTES);
        self.varint(value.len() as u64);
        self.0.extend(value);
    }

    pub fn str(&mut self, place: usize) {
        self.spanned(STR, LONG_STR, place);
    }

    pub fn seq(&mut self, len: Option<usize>) {
        match len {
            Some(len) => self.spanned(SEQ, LONG_SEQ, len),
            None => self.0.push(OPEN_SEQ),
        }
    }

    pub fn map(&mut self, len: Option<usize>) {
        match len {
            Some(len) => self.spanned(MAP, LONG_MAP, len),
            None => self.0.push(OPEN_MAP),
        }
    }

    pub fn end(&mut self) {
        self.0.push(END);
    }

    pub fn part(&mut self, place: usize) {
        self.0.push(PART);
        self.varint(place as u64);
    }

    /// Writes a number as groups of seven bits, the lowest first (LEB128).
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn spanned(&mut self, short: u8, long: u8, number: usize) {
        if number < SPAN {
            self.0.push(short + number as u8);
        } else {
            self.0.push(long);
            self.varint(number as u64);
        }
    }
}

/// Bytes that are read from their beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'de> {
    bytes: &'de [u8],
}

impl<'de> Reader<'de> {
    pub fn new(bytes: &'de [u8]) -> Self {
        Self { bytes }
    }

    /// Says whether all was read.
    pub fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Says whether the next token is nothing, and takes it if so.
    pub fn took_nil(&mut self) -> bool {
        self.took(NIL)
    }

    /// Says whether the next token ends a row or a map, and takes it if so.
    pub fn took_end(&mut self) -> bool {
        self.took(END)
    }

    fn took(&mut self, tag: u8) -> bool {
        match self.bytes.split_first() {
            Some((first, rest)) if *first == tag => {
                self.bytes = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes the next token; `table` holds the strings.
    pub fn token(&mut self, table: &[&'de str]) -> Result<Token<'de>, Error> {
        let tag = self.byte()?;
        Ok(match tag {
            ..STR => Token::U64(tag.into()),
            STR..SEQ => self.str(usize::from(tag - STR), table)?,
            SEQ..MAP => Token::Seq(Some(usize::from(tag - SEQ))),
            MAP..NIL => Token::Map(Some(usize::from(tag - MAP))),
            NIL => Token::Nil,
            FALSE => Token::Bool(false),
            TRUE => Token::Bool(true),
            U64 => Token::U64(self.varint()?),
            I64 => Token::I64((!self.varint()?).cast_signed()),
            U128 => Token::U128(u128::from_le_bytes(self.array()?)),
            F64 => Token::F64(f64::from_le_bytes(self.array()?)),
            BYTES => {
                let len = self.len()?;
                Token::Bytes(self.slice(len)?)
            }
            LONG_STR => {
                let place = self.len()?;
                self.str(place, table)?
            }
            LONG_SEQ => Token::Seq(Some(self.len()?)),
            LONG_MAP => Token::Map(Some(self.len()?)),
            OPEN_SEQ => Token::Seq(None),
            OPEN_MAP => Token::Map(None),
            END => Token::End,
            PART => Token::Part(self.len()?),
            _ => return Err(Error::damaged("an unknown token")),
        })
    }

    fn str(&self, place: usize, table: &[&'de str]) -> Result<Token<'de>, Error> {
        let text = table
            .get(place)
            .ok_or_else(|| Error::damaged("a string that is not there"))?;
        Ok(Token::Str(text))
    }

    /// Takes a number of seven-bit groups.
    pub fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::damaged("a number that does not end"))
    }

    /// Takes a length or a place.
    pub fn len(&mut self) -> Result<usize, Error> {
        usize::try_from(self.varint()?).map_err(|_| Error::damaged("a length beyond all memory"))
    }

    /// Takes so many bytes.
    pub fn slice(&mut self, len: usize) -> Result<&'de [u8], Error> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(len)
            .ok_or_else(|| Error::damaged("they end too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let taken = self.slice(N)?;
        Ok(taken.try_into().expect("a slice of N bytes was taken"))
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }
}
