//! Every look into a large table goes by a whole key, also if it was planned when the table was small.

use serde_json::json;

use crate::support::Server;

/// What the planner makes of a statement when all it knows is that its tables are small, as our connections ask it to.
fn plan(server: &Server, sql: &str, types: &str, values: &str) -> String {
    let session = server.database.session();
    session.execute(
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
         SET enable_mergejoin = off",
    );
    session.execute(&format!("PREPARE asked ({types}) AS {sql}"));
    session.lines(&format!("EXPLAIN EXECUTE asked ({values})")).join("\n")
}

#[test]
fn registrations_are_found_by_event_and_number() {
    let server = Server::start();
    let event = server.event(json!({}));
    for name in ["Ada", "Grace", "Katherine"] {
        event.register(&[name]);
    }
    server.database.execute("ANALYZE");
    for sql in [
        include_str!("../../src/db/queries/registrations/find.sql"),
        include_str!("../../src/db/queries/tickets/of_registrations.sql"),
    ] {
        let plan = plan(&server, sql, "int, int[]", "1, '{1}'");
        assert!(plan.contains("(event_key = $1) AND (number = asked.number)"), "{plan}");
    }
    let document = include_str!("../../src/db/queries/documents/find.sql");
    let plan = plan(&server, document, "int, int, smallint, smallint", "1, 1, 1, 0");
    assert!(plan.contains("(number = $2) AND (kind = $3) AND (part = $4)"), "{plan}");
}
