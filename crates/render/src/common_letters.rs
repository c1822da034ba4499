//! Letters that most tickets of an event need: they are added to the fonts that all its files share.

use std::collections::{BTreeMap, BTreeSet};

use super::{facts::TypeFacts, locale::LocaleFormatter};
use crate::domain::{
    TypeNumber,
    layout::{Case, Field, FieldKind, Known, Piece},
};

/// Letters of most names.
const NAME: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz '-.’";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
/// Limit of ticket types whose letters are added in advance; letters of further types are added to each file.
const MAX_TYPES: usize = 100;

/// Returns texts that contain most letters that a text of these pieces will need.
pub fn common_letters(
    pieces: &[Piece],
    types: &BTreeMap<TypeNumber, TypeFacts>,
    locale: &LocaleFormatter,
) -> Vec<String> {
    let mut letters = BTreeSet::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => letters.extend(words.chars()),
            Piece::Value { field, case, .. } => {
                letters.extend(locale.in_case(letters_of(field, types, locale.language()), *case).chars());
            }
        }
    }
    if pieces.iter().any(|piece| {
        matches!(
            piece,
            Piece::Value {
                field: Field::Known(Known::AttendeeName | Known::RegistrationContact),
                case: Case::Kept | Case::Lower,
                ..
            }
        )
    }) {
        // The ellipsis of a name that is cut.
        letters.insert('…');
    }
    letters.remove(&'\n');
    let contexts = pieces.iter().filter_map(|piece| match piece {
        Piece::Value { field: Field::Known(known), case, .. } => {
            Some(locale.in_case(context_of(*known)?.into(), *case))
        }
        _ => None,
    });
    letters.into_iter().map(String::from).chain(contexts).collect()
}

/// Returns a sample text with letter combinations for which the font has other glyphs than for the single letters.
fn context_of(known: Known) -> Option<&'static str> {
    match known {
        Known::TicketLabel | Known::RegistrationId => Some("AZ09-1029-3847-56"),
        Known::AttendeeName | Known::RegistrationContact => Some("A-B c-D"),
        _ => None,
    }
}

fn letters_of(field: &Field, types: &BTreeMap<TypeNumber, TypeFacts>, language: &str) -> String {
    let of_types = |text: fn(&TypeFacts) -> &str| types.values().take(MAX_TYPES).map(text).collect::<String>();
    match field {
        Field::Answer(_) => format!("{NAME}{DIGITS},"),
        Field::Known(known) => match known {
            Known::AttendeeName | Known::RegistrationContact => format!("{NAME}{}", language_letters(language)),
            Known::AttendeeEmail => format!("{LOWER}{DIGITS}@.-_+"),
            Known::TicketLabel | Known::RegistrationId => format!("{UPPER}{DIGITS}-"),
            Known::TicketType => of_types(|t| &t.name),
            Known::TicketTypeCode => of_types(|t| &t.code),
            Known::TicketTypeDescription => of_types(|t| &t.description),
            Known::TicketPrice => of_types(|t| &t.price),
            _ if known.kind() == FieldKind::Moment => format!("{NAME}{DIGITS},:/"),
            _ => DIGITS.into(),
        },
    }
}

/// Returns the letters of names in a language that [`NAME`] lacks.
fn language_letters(language: &str) -> &'static str {
    match language {
        "de" => "ÄÖÜäöüß",
        "fr" => "ÀÂÇÉÈÊËÎÏÔŒÙÛàâçéèêëîïôœùû",
        "es" => "ÁÉÍÑÓÚÜáéíñóúü",
        "pt" => "ÁÂÃÀÇÉÊÍÓÔÕÚáâãàçéêíóôõú",
        "it" => "ÀÈÉÌÒÙàèéìòù",
        "nl" => "ÉËÏÖÜéëïöü",
        "pl" => "ĄĆĘŁŃÓŚŹŻąćęłńóśźż",
        "cs" | "sk" => "ÁČĎÉĚÍĽŇÓŘŠŤÚŮÝŽáčďéěíľňóřšťúůýž",
        "hu" => "ÁÉÍÓÖŐÚÜŰáéíóöőúüű",
        "ro" => "ĂÂÎȘȚăâîșț",
        "tr" | "az" => "ÂÇĞİÖŞÜâçğıöşü",
        "sv" | "fi" => "ÅÄÖÉåäöé",
        "da" | "nb" | "nn" | "no" => "ÅÆØÉåæøé",
        "is" => "ÁÐÉÍÓÖÚÝÞÆáðéíóöúýþæ",
        "vi" => "ÀÁÂÃĐÈÉÊÌÍÒÓÔƠÙÚƯÝàáâãđèéêìíòóôơùúưýạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
        "hr" | "bs" | "sl" => "ČĆĐŠŽčćđšž",
        "ru" | "bg" => "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюяЁё",
        "uk" => "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        "el" => "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏαβγδεζηθικλμνξοπρςστυφχψωάέήίόύώ",
        _ => "",
    }
}
