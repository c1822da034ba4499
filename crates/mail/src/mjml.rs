//! Blocks as MJML, and MJML as HTML. Words are escaped here; marks of gaps pass unchanged.

use mrml::prelude::render::RenderOptions;

use super::{compile::Look, gap::clean};

const FONT: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Noto Sans', sans-serif";
const INK: &str = "#26241f";
const MUTED: &str = "#6b675f";
const LINE: &str = "#e6e3dc";
const PAPER: &str = "#faf9f7";

/// Colours of programs in dark mode.
const DARK: &str = "@media (prefers-color-scheme: dark) {\
    body, .paper { background: #191816 !important; }\
    .card, .card table { background: #23211e !important; }\
    .ink, .ink div, .ink td, .ink a.plain { color: #f1efea !important; }\
    .muted, .muted div, .muted a { color: #b5b1a8 !important; }\
    .lines p, .lines td { border-color: #45423c !important; }\
    }";

/// Escapes a text for HTML and for attributes.
pub fn escape(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes a text of several lines; empty lines separate paragraphs.
fn paragraphs(text: &str) -> String {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.map(|part| escape(part).replace('\n', "<br/>")).collect();
    parts.join("<br/><br/>")
}

/// Returns the whole page.
pub fn page(look: &Look, title: &str, preview: Option<&str>, body: &str) -> String {
    let align = if look.is_rtl { "right" } else { "left" };
    let direction = if look.is_rtl { "rtl" } else { "ltr" };
    let [language, sender, accent, on_accent] = [&look.language, &look.sender, &look.accent, &look.on_accent]
        .map(|text| escape(clean(text).replace(char::is_control, " ")));
    let preview = preview.map(|preview| format!("<mj-preview>{preview}</mj-preview>")).unwrap_or_default();
    let banner = look.banner.as_ref().map(|address| {
        format!(
            "<mj-section css-class=\"card\" background-color=\"#ffffff\" padding=\"0\"><mj-column>\
             <mj-image padding=\"0\" width=\"600px\" alt=\"\" src=\"{}\" /></mj-column></mj-section>",
            escape(clean(address))
        )
    });
    format!(
        "<mjml lang=\"{language}\" dir=\"{direction}\"><mj-head><mj-title>{title}</mj-title>{preview}\
         <mj-raw><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"supported-color-schemes\" content=\"light dark\"></mj-raw>\
         <mj-attributes>\
         <mj-all font-family=\"{FONT}\" />\
         <mj-section direction=\"{direction}\" /><mj-column direction=\"{direction}\" />\
         <mj-text align=\"{align}\" color=\"{INK}\" font-size=\"16px\" line-height=\"24px\" padding=\"8px 32px\" />\
         <mj-table align=\"{align}\" color=\"{INK}\" font-size=\"16px\" line-height=\"22px\" padding=\"8px 32px\" />\
         <mj-divider border-color=\"{LINE}\" border-width=\"1px\" padding=\"16px 32px\" />\
         <mj-button align=\"{align}\" background-color=\"{accent}\" color=\"{on_accent}\" font-size=\"16px\" \
         font-weight=\"600\" border-radius=\"8px\" inner-padding=\"13px 22px\" padding=\"12px 32px\" />\
         </mj-attributes><mj-style>{DARK}</mj-style></mj-head>\
         <mj-body css-class=\"paper\" background-color=\"{PAPER}\" width=\"600px\">\
         <mj-section padding=\"24px 0 12px\"><mj-column><mj-text css-class=\"muted\" color=\"{MUTED}\" \
         font-size=\"14px\" font-weight=\"600\" padding=\"0 32px\">{sender}</mj-text></mj-column></mj-section>\
         <mj-section background-color=\"{accent}\" padding=\"0\"><mj-column><mj-spacer height=\"6px\" /></mj-column>\
         </mj-section>{}\
         <mj-section css-class=\"card\" background-color=\"#ffffff\" padding=\"20px 0 28px\"><mj-column>{body}\
         </mj-column></mj-section>\
         <mj-section padding=\"12px\"><mj-column><mj-spacer height=\"12px\" /></mj-column></mj-section>\
         </mj-body></mjml>",
        banner.unwrap_or_default()
    )
}

pub fn heading(text: &str) -> String {
    format!(
        "<mj-text css-class=\"ink\" font-size=\"26px\" line-height=\"32px\" font-weight=\"700\" \
         padding=\"8px 32px 4px\">{}</mj-text>",
        escape(text)
    )
}

pub fn text(text: &str) -> String {
    format!("<mj-text css-class=\"ink\">{}</mj-text>", paragraphs(text))
}

pub fn small(text: &str) -> String {
    format!(
        "<mj-text css-class=\"muted\" color=\"{MUTED}\" font-size=\"13px\" line-height=\"20px\">{}</mj-text>",
        paragraphs(text)
    )
}

pub fn button(label: &str, address: &str) -> String {
    format!("<mj-button href=\"{address}\">{}</mj-button>", escape(label))
}

pub fn code(code: &str) -> String {
    format!(
        "<mj-text css-class=\"ink\" font-size=\"34px\" line-height=\"44px\" font-weight=\"700\" \
         letter-spacing=\"6px\"><span dir=\"ltr\">{code}</span></mj-text>"
    )
}

pub fn rule() -> String {
    "<mj-divider css-class=\"lines\" />".into()
}

/// The event's title and the lines below it, each of which begins with a line break.
pub fn event(title: &str, lines: &str) -> String {
    format!("<mj-text css-class=\"ink\" padding=\"12px 32px\"><strong>{title}</strong>{lines}</mj-text>")
}

/// A row that is repeated between `begin` and `end`.
pub fn rows(begin: &str, title: &str, detail: &str, link: &str, end: &str) -> String {
    format!(
        "<mj-table css-class=\"ink lines\">{begin}<tr><td style=\"padding:10px 0;border-top:1px solid {LINE}\">\
         <a class=\"plain\" href=\"{link}\" style=\"color:{INK};font-weight:600\">{title}</a><br/>{detail}</td></tr>\
         {end}</mj-table>"
    )
}

/// Returns MJML as HTML.
pub fn to_html(page: &str) -> String {
    let parsed = mrml::parse(page).expect("blocks are well-formed: their words are escaped");
    parsed.element.render(&RenderOptions::default()).expect("only known elements are used")
}
