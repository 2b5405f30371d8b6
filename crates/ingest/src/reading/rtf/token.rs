//! The tokens of RTF 1.9: groups, control words, control symbols, bytes of text.

/// One token; what cannot be one is text or nothing, so reading always reaches the end.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\word` or `\wordN`, the word in ASCII letters.
    Word(&'a [u8], Option<i32>),
    /// `\x` where x is no letter.
    Symbol(u8),
    /// `\'hh`: one byte in the code page.
    Byte(u8),
    /// A byte of text as it stands.
    Text(u8),
}

/// Cuts RTF into tokens. `\binN` and its bytes are left out.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Tokens { rest: bytes }
    }

    fn after_backslash(&mut self) -> Option<Token<'a>> {
        let letters = self.rest.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        if letters == 0 {
            let (&symbol, rest) = self.rest.split_first()?;
            self.rest = rest;
            if symbol != b'\'' {
                return Some(Token::Symbol(symbol));
            }
            let digits = self.rest.get(..2).and_then(|d| std::str::from_utf8(d).ok());
            let Some(byte) = digits.and_then(|d| u8::from_str_radix(d, 16).ok()) else {
                return Some(Token::Symbol(symbol));
            };
            self.rest = &self.rest[2..];
            return Some(Token::Byte(byte));
        }
        let (word, rest) = self.rest.split_at(letters);
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..].iter().take(10).take_while(|b| b.is_ascii_digit()).count();
        let number = if digits == 0 { None } else { std::str::from_utf8(&rest[..sign + digits]).ok() };
        let number = number.map(|n| n.parse().unwrap_or(0));
        self.rest = if digits == 0 { rest } else { &rest[sign + digits..] };
        // one space ends a control word and is part of it
        self.rest = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
        if word == b"bin" {
            let skipped = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            self.rest = self.rest.get(skipped..).unwrap_or_default();
        }
        Some(Token::Word(word, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        match byte {
            b'{' => Some(Token::Open),
            b'}' => Some(Token::Close),
            b'\\' => self.after_backslash(),
            _ => Some(Token::Text(byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_symbols_and_bytes() {
        let tokens: Vec<Token<'_>> = Tokens::new(br"{\u-233 a\'e9\~\bin3 {}{\par}").collect();
        let expected = [
            Token::Open,
            Token::Word(b"u", Some(-233)),
            Token::Text(b'a'),
            Token::Byte(0xe9),
            Token::Symbol(b'~'),
            Token::Word(b"bin", Some(3)),
            Token::Word(b"par", None),
            Token::Close,
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn every_prefix_ends() {
        let source = br"{\rtf1\'e9\u8364?\bin9999999999 x\-";
        for end in 0..source.len() {
            assert!(Tokens::new(&source[..end]).count() <= end);
        }
    }
}
