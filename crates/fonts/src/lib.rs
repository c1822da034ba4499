//! The built-in fonts as bytes: a crate of their own, so that seven megabytes are not compiled again with every edit.

/// A font file.
pub struct FontFile {
    /// Name of the file without its ending: family and weight.
    pub name: &'static str,
    pub data: &'static [u8],
}

macro_rules! font_files {
    ($($name:literal),* $(,)?) => {
        [$(FontFile { name: $name, data: include_bytes!(concat!("../files/", $name, ".ttf")) }),*]
    };
}

/// All fonts in search order. The first three are the weights of the main family: regular, semi-bold, bold.
pub static FONTS: [FontFile; COUNT] = font_files![
    "Inter-Regular",
    "Inter-SemiBold",
    "Inter-Bold",
    "NotoSans-Regular",
    "NotoSans-Bold",
    "NotoSansArabic-Regular",
    "NotoSansArabic-Bold",
    "NotoSansHebrew-Regular",
    "NotoSansHebrew-Bold",
    "NotoSansDevanagari-Regular",
    "NotoSansDevanagari-Bold",
    "NotoSansThai-Regular",
    "NotoSansThai-Bold",
    "NotoSansBengali-Regular",
    "NotoSansBengali-Bold",
    "NotoSansTamil-Regular",
    "NotoSansTamil-Bold",
    "NotoSansTelugu-Regular",
    "NotoSansTelugu-Bold",
    "NotoSansKannada-Regular",
    "NotoSansKannada-Bold",
    "NotoSansMalayalam-Regular",
    "NotoSansMalayalam-Bold",
    "NotoSansGujarati-Regular",
    "NotoSansGujarati-Bold",
    "NotoSansGurmukhi-Regular",
    "NotoSansGurmukhi-Bold",
    "NotoSansOriya-Regular",
    "NotoSansOriya-Bold",
    "NotoSansSinhala-Regular",
    "NotoSansSinhala-Bold",
    "NotoSansGeorgian-Regular",
    "NotoSansGeorgian-Bold",
    "NotoSansArmenian-Regular",
    "NotoSansArmenian-Bold",
    "NotoSansEthiopic-Regular",
    "NotoSansEthiopic-Bold",
    "NotoSansKhmer-Regular",
    "NotoSansKhmer-Bold",
    "NotoSansLao-Regular",
    "NotoSansLao-Bold",
    "NotoSansMyanmar-Regular",
    "NotoSansMyanmar-Bold",
    "NotoSansThaana-Regular",
    "NotoSansThaana-Bold",
    "NotoSerifTibetan-Regular",
    "NotoSansSyriac-Regular",
    "NotoSansMongolian-Regular",
    "NotoSansCherokee-Regular",
    "NotoSansTifinagh-Regular",
    "NotoEmoji-Regular",
    "NotoSansSymbols2-Regular",
    "NotoSansSymbols-Regular",
    "NotoSansMath-Regular",
];
/// The number of fonts.
pub const COUNT: usize = 54;
