//! Cleans text before it is printed.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// Limit of combining marks per letter: more than any script needs, too few to cover the lines above.
const MAX_MARKS: usize = 8;

/// Removes control characters, bidirectional controls, noncharacters, and combining marks beyond [`MAX_MARKS`] per
/// letter. Line feeds are kept: they break the line.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let kept = text.chars().filter_map(|letter| {
        marks = if is_combining_mark(letter) || is_invisible(letter) { marks + 1 } else { 0 };
        match letter {
            '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            _ if letter.is_control() || is_bidi_control(letter) || is_noncharacter(letter) || marks > MAX_MARKS => None,
            _ => Some(letter),
        }
    });
    Cow::Owned(kept.collect())
}

fn is_bidi_control(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{206a}'..='\u{206f}')
}

fn is_noncharacter(letter: char) -> bool {
    let code = u32::from(letter);
    code & 0xfffe == 0xfffe
        || matches!(letter, '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffc}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// True if the character is never visible, so no font needs it.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed_and_text_is_kept() {
        assert_eq!(clean("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(clean("a\u{202e}b\u{7}c\u{0}\td\r\ne"), "abc d\ne");
        assert_eq!(clean("\u{feff}می\u{200c}خواهم"), "می\u{200c}خواهم", "a zero-width non-joiner is part of the word");
        let many_marks = format!("Z{}", "\u{301}".repeat(50));
        assert_eq!(clean(&many_marks).chars().count(), 1 + MAX_MARKS);
    }
}
