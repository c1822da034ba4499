//! The letters that most tickets of an event need: they go into the fonts all its files share.

use std::collections::{BTreeMap, BTreeSet};

use super::{facts::TypeFacts, speech::Speech};
use crate::domain::{
    TypeNumber,
    layout::{Case, Field, FieldKind, Known, Piece},
};

/// What most names are written with.
const NAME: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz '-.’";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
/// Types are few; of more than these the letters are found ticket by ticket.
const MAX_TYPES: usize = 100;

/// Texts whose letters a text of these pieces will mostly be made of.
pub fn usual_letters(pieces: &[Piece], types: &BTreeMap<TypeNumber, TypeFacts>, speech: &Speech) -> Vec<String> {
    let mut letters = BTreeSet::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => letters.extend(words.chars()),
            Piece::Value { field, case, .. } => {
                letters.extend(speech.in_case(letters_of(field, types, speech.language()), *case).chars());
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
        // What the font draws as one where names have it.
        letters.insert('…');
    }
    letters.remove(&'\n');
    let contexts = pieces.iter().filter_map(|piece| match piece {
        Piece::Value { field: Field::Known(known), case, .. } => {
            Some(speech.in_case(context_of(*known)?.into(), *case))
        }
        _ => None,
    });
    letters.into_iter().map(String::from).chain(contexts).collect()
}

/// Letters in places where the font draws them otherwise than alone.
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
            Known::AttendeeName | Known::RegistrationContact => format!("{NAME}{}", own_letters(language)),
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

/// Letters that names have in a language besides the plain ones.
fn own_letters(language: &str) -> &'static str {
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
