//! The OpenAPI document and the page that shows it.

use std::collections::BTreeSet;

use crate::support::Server;

/// Every path and method of the router, read from its source.
fn routed() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/http/router.rs");
    let public = source.split("pub fn ops_routes").next().unwrap();
    let mut routes = BTreeSet::new();
    for line in public.lines().map(str::trim).filter(|line| line.starts_with("\"/")) {
        let path = line.split('"').nth(1).unwrap();
        for part in line.split("=>").map(str::trim) {
            if let Some(method) = part.rsplit([' ', '{', ',']).find(|word| !word.is_empty())
                && method.chars().all(|c| c.is_ascii_uppercase())
            {
                routes.insert((path.to_owned(), method.to_lowercase()));
            }
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_document_and_nothing_else() {
    let server = Server::start();
    let document = server.client.get("/api/openapi.json").expect(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())))
        .collect();
    let about_itself = ["/api/openapi.json", "/docs", "/docs/docs.js"];
    let routed: BTreeSet<_> = routed().into_iter().filter(|(path, _)| !about_itself.contains(&path.as_str())).collect();
    assert!(routed.len() >= 20, "{routed:?}");
    assert_eq!(documented, routed);
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let server = Server::start();
    let page = server.client.get("/docs").expect(200);
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let script = server.client.get("/docs/docs.js").expect(200).text();
    for text in [page.text(), script] {
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("src=\"//"));
    }
}
