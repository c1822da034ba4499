//! Descriptions of events: Markdown of organizers, as harmless HTML. Its own HTML is shown as text, pictures as their
//! description; links lead only to web and mail addresses.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Longest first paragraph that is shown as the lead.
const MAX_LEAD: usize = 280;
/// Characters of a summary.
const MAX_SUMMARY: usize = 200;

/// A description as a page shows it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The first paragraph, if it is short.
    pub lead: String,
    /// The rest as HTML.
    pub html: String,
    /// The beginning, for search engines and links.
    pub summary: String,
}

/// Reads a description.
pub fn about(markdown: &str) -> About {
    let events: Vec<_> = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).map(harmless).collect();
    let end = events.iter().position(|event| matches!(event, Event::End(TagEnd::Paragraph)));
    let first = match (events.first(), end) {
        (Some(Event::Start(Tag::Paragraph)), Some(end)) => text_of(&events[..end]),
        _ => String::new(),
    };
    // A lead is plain text: links and emphasis would be lost.
    let is_plain =
        events.iter().take(end.unwrap_or(0)).skip(1).all(|event| matches!(event, Event::Text(_) | Event::HardBreak));
    let is_lead = is_plain && !first.is_empty() && first.chars().count() <= MAX_LEAD;
    let rest = if is_lead { &events[end.map_or(0, |end| end + 1)..] } else { &events[..] };
    let mut written = String::new();
    html::push_html(&mut written, rest.iter().cloned());
    let summary = if first.is_empty() { text_of(&events) } else { first.clone() };
    About { lead: if is_lead { first } else { String::new() }, html: written, summary: beginning(&summary) }
}

/// Replaces markup that must not reach a page as it is.
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        // The title of the page is the only heading of the first level.
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: below(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Link { dest_url, .. }) if leads_to_the_web(&dest_url) => {
            Event::InlineHtml(format!("<a href=\"{}\" rel=\"nofollow ugc noreferrer\">", escaped(&dest_url)).into())
        }
        Event::Start(Tag::Link { .. }) => Event::InlineHtml("<a>".into()),
        Event::End(TagEnd::Link) => Event::InlineHtml("</a>".into()),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => Event::Text(CowStr::Borrowed("")),
        // Organizers who write plain text mean their line breaks.
        Event::SoftBreak => Event::HardBreak,
        other => other,
    }
}

const fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

fn leads_to_the_web(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    url.contains(':') && ["http", "https", "mailto"].contains(&scheme.as_str())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns the text without its form.
fn text_of(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn beginning(text: &str) -> String {
    if text.chars().count() <= MAX_SUMMARY {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_SUMMARY - 1).collect();
    let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_keeps_its_paragraphs_and_lines() {
        let found = about("One day of music.\n\nGates open at 8.\nBring a bottle.");
        assert_eq!(found.lead, "One day of music.");
        assert_eq!(found.html, "<p>Gates open at 8.<br />\nBring a bottle.</p>\n");
        assert_eq!(found.summary, "One day of music.");
        assert_eq!(about(""), About::default());
        let linked = about("See the [map](https://example.org).");
        assert!(linked.lead.is_empty() && linked.html.contains("<a href=\"https://example.org\""));
    }

    #[test]
    fn markdown_has_headings_lists_and_links() {
        let found = about("# About\n\n* **music**\n* [map](https://example.org/?a=1&b=\"2\")");
        assert!(found.lead.is_empty());
        assert!(found.html.starts_with("<h2>About</h2>\n<ul>\n<li><strong>music</strong></li>"), "{}", found.html);
        assert!(
            found.html.contains(
                "<a href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\" rel=\"nofollow ugc noreferrer\">map</a>"
            ),
            "{}",
            found.html
        );
        assert_eq!(found.summary, "About music map");
    }

    #[test]
    fn nothing_of_it_is_run_or_loaded() {
        let hostile = [
            "a\n\n<script>alert(1)</script>",
            "a\n\n<img src=x onerror=alert(1)> b",
            "a\n\n[x](javascript:alert(1)) [y](data:text/html,x) [z](//evil.example) [v](vbscript:x)",
            "a\n\n![picture](https://evil.example/x.png)",
            "a\n\n<a href=\"javascript:x\">b</a>",
            "a\n\n[x](JaVaScRiPt:alert\\(1\\))",
            "a\n\n`<b>` &lt;script&gt; \u{202e}",
        ];
        for text in hostile {
            let html = about(text).html;
            for bad in [
                "<script",
                "<img",
                "javascript:alert",
                "href=\"data",
                "evil.example\"",
                "<b>",
                "onerror=\"",
                "<a href=\"java",
            ] {
                assert!(!html.to_lowercase().contains(bad), "{text}: {html}");
            }
        }
    }

    #[test]
    fn a_long_beginning_is_cut_between_words() {
        let long = "word ".repeat(100);
        let found = about(&long);
        assert!(found.lead.is_empty() && found.html.starts_with("<p>word"));
        assert!(found.summary.ends_with("word…") && found.summary.chars().count() <= MAX_SUMMARY);
    }
}
