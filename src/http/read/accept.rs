//! The media type of an answer, as the client accepts it.

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
};

/// Returns the offered media type that the client likes most; of equal ones, the first. `None` if it accepts none of
/// them. Without an `Accept` header, or with one that cannot be parsed, every type is accepted.
pub fn preferred(request: &HttpRequest, offered: &[&'static str]) -> Option<&'static str> {
    let accept = Accept::parse(request).ok().filter(|accept| !accept.is_empty());
    let Some(accept) = accept else { return offered.first().copied() };
    let best = offered.iter().map(|offered| (*offered, quality(&accept, offered)));
    let best = best.reduce(|best, other| if best.1 < other.1 { other } else { best });
    best.filter(|(_, quality)| Quality::ZERO < *quality).map(|(offered, _)| offered)
}

/// Returns the quality that the most specific range of the header gives to a media type.
fn quality(accept: &Accept, offered: &str) -> Quality {
    let kind = offered.split('/').next().unwrap_or_default();
    let specificity = |range: &str| match range {
        range if range == offered => Some(2),
        range if range.strip_suffix("/*") == Some(kind) => Some(1),
        "*/*" => Some(0),
        _ => None,
    };
    let matches = accept.iter().filter_map(|item| Some((specificity(item.item.essence_str())?, item.quality)));
    matches.max_by_key(|(specificity, _)| *specificity).map_or(Quality::ZERO, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_liked_type_is_chosen() {
        let chosen = |accept: &str| {
            let request = TestRequest::default().insert_header(("accept", accept)).to_http_request();
            preferred(&request, &["image/png", "image/svg+xml"])
        };
        for (accept, expected) in [
            ("image/svg+xml", Some("image/svg+xml")),
            ("image/svg+xml, image/png", Some("image/png")),
            ("image/svg+xml, image/png;q=0.9", Some("image/svg+xml")),
            ("image/*;q=0.5, image/svg+xml;q=0.1", Some("image/png")),
            ("image/png;q=0, */*", Some("image/svg+xml")),
            ("*/*", Some("image/png")),
            ("text/html, */*;q=0.1", Some("image/png")),
            ("text/html", None),
            ("image/*;q=0", None),
            ("", Some("image/png")),
        ] {
            assert_eq!(chosen(accept), expected, "{accept}");
        }
    }
}
