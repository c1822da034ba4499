//! The OpenAPI document and the page that shows it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::support::Server;

/// A route of the table in `http/routes.rs`.
struct Route {
    path: String,
    /// As in `GET`.
    method: String,
    /// As in `jobs::show::list`.
    handler: String,
}

/// The documented routes.
fn routes() -> Vec<Route> {
    let source = include_str!("../../src/http/routes.rs");
    let table = source.split("    documented {\n").nth(1).unwrap().split("    undocumented {").next().unwrap();
    let mut routes = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| line.starts_with('"')) {
        let mut parts = line.split('"');
        let (path, handlers) = (parts.nth(1).unwrap(), parts.next().unwrap().trim_matches([' ', '{', '}']));
        for handler in handlers.split(',') {
            let (method, handler) = handler.split_once("=>").unwrap();
            let (method, handler) = (method.trim().to_owned(), handler.trim().to_owned());
            routes.push(Route { path: path.to_owned(), method, handler });
        }
    }
    assert!(routes.len() >= 35, "{} routes", routes.len());
    routes
}

/// Every source below a folder, with its path.
fn files_below(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_route_has_its_handler_its_description_and_its_story_where_its_name_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stories = Vec::new();
    files_below(&root.join("tests/integration"), &mut stories);
    stories.retain(|(path, _)| !path.ends_with("openapi.rs"));
    for Route { path, method, handler } in routes() {
        let (module, function) = handler.rsplit_once("::").unwrap();
        let file = match module {
            "ops" => "src/http/server/ops.rs".to_owned(),
            module => format!("src/http/api/{}.rs", module.replace("::", "/")),
        };
        let folder = file.replace(".rs", "/mod.rs");
        let source = [&file, &folder].into_iter().find_map(|file| fs::read_to_string(root.join(file)).ok());
        let source = source.unwrap_or_else(|| panic!("{handler}: there is no {file}"));
        let (above, _) = source.split_once(&format!("pub async fn {function}(")).unwrap_or_else(|| panic!("{handler}"));
        let description = format!("#[utoipa::path({}, path = \"{path}\"", method.to_lowercase());
        let (text, _) = above.rsplit_once(&description).unwrap_or_else(|| panic!("{handler}: no `{description}`"));
        assert!(text.trim_end().lines().last().unwrap().starts_with("///"), "{handler} says nothing of itself");
        assert!(stories.iter().any(|(_, story)| mentions(story, &path)), "no story requests {method} {path}");
    }
}

/// True if a source requests a path, written out or behind the path of a test's event.
fn mentions(source: &str, path: &str) -> bool {
    let of_event = path.strip_prefix("/api/events/{event}").map(|rest| format!("path(\"{rest}"));
    [Some(path.to_owned()), of_event].into_iter().flatten().any(|path| {
        let literals: Vec<_> =
            path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
        source.match_indices(literals[0]).any(|(at, first)| {
            let mut rest = source[at + first.len()..].split(['\n', ' ']).next().unwrap();
            literals[1..].iter().all(|literal| match rest.find(literal) {
                Some(at) => {
                    rest = &rest[at + literal.len()..];
                    true
                }
                None => false,
            })
        })
    })
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
    let routed: BTreeSet<_> = routes().into_iter().map(|route| (route.path, route.method.to_lowercase())).collect();
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
