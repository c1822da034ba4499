//! Query plans: large tables are read by their whole key, also by statements that were planned while the tables were
//! small.

use serde_json::json;

use crate::support::Server;

/// Returns the generic plan of a statement on small tables, with the planner settings of the server's connections.
fn plan(server: &Server, sql: &str, types: &str, values: &str) -> String {
    let session = server.database.session();
    session.execute(
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
         SET enable_mergejoin = off",
    );
    session.execute(&format!("PREPARE asked ({types}) AS {sql}"));
    session.first_column(&format!("EXPLAIN EXECUTE asked ({values})")).join("\n")
}

#[test]
fn registrations_are_found_by_event_and_number() {
    let server = Server::start();
    let event = server.event(json!({}));
    for name in ["Ada", "Grace", "Katherine"] {
        event.register(&[name]);
    }
    server.database.execute("ANALYZE");
    for (sql, types, values) in [
        (include_str!("../../src/db/queries/registrations/find.sql"), "int, int[], boolean", "1, '{1}', true"),
        (include_str!("../../src/db/queries/tickets/of_registrations.sql"), "int, int[]", "1, '{1}'"),
    ] {
        let plan = plan(&server, sql, types, values);
        assert!(plan.contains("(event_key = $1) AND (number = asked.number)"), "{plan}");
    }
    let document = include_str!("../../src/db/queries/documents/find.sql");
    let plan = plan(&server, document, "int, int, smallint, smallint", "1, 1, 1, 0");
    assert!(plan.contains("(number = $2) AND (kind = $3) AND (part = $4)"), "{plan}");
}

/// Statements that look up rows of large tables one by one.
#[test]
fn no_statement_reads_a_whole_event_for_each_of_its_rows() {
    let server = Server::start();
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    server.database.execute("ANALYZE");
    for (sql, types, values) in [
        (include_str!("../../src/db/queries/stats/documents.sql"), "int", "1"),
        (include_str!("../../src/db/queries/search/behind.sql"), "int", "1"),
        (
            include_str!("../../src/db/queries/search/not_indexed.sql"),
            "int, smallint, smallint, int, int, bigint",
            "1, null, null, 0, 10, 1",
        ),
        (
            include_str!("../../src/db/queries/registrations/newest.sql"),
            "int, smallint, smallint, int, int, bigint",
            "1, null, null, 0, 10, 1",
        ),
        (include_str!("../../src/db/queries/registrations/page.sql"), "int, int[], bigint", "1, '{1}', 1000"),
        (include_str!("../../src/db/queries/documents/backlog.sql"), "", ""),
        (include_str!("../../src/db/queries/documents/promise.sql"), "float8, int", "1, 1"),
        (
            include_str!("../../src/db/queries/jobs/targets_by_number.sql"),
            "int, int[], smallint[], timestamptz",
            "1, null, null, now()",
        ),
    ] {
        let (types, values) = match types {
            "" => (String::new(), String::new()),
            _ => (format!("({types})"), format!("({values})")),
        };
        let session = server.database.session();
        session.execute(
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
             SET enable_mergejoin = off",
        );
        session.execute(&format!("PREPARE asked {types} AS {sql}"));
        let plan = session.first_column(&format!("EXPLAIN EXECUTE asked {values}"));
        let text = plan.join("\n");
        let by_number = |line: &&String| line.contains("Join Filter") && line.contains(".number ");
        assert_eq!(plan.iter().find(by_number), None, "{text}");
        for (line, next) in plan.iter().zip(plan.iter().skip(1)) {
            let large = ["on registrations", "on tickets", "on documents", "on documents_pkey"];
            let scan =
                line.contains("Index") && line.contains("Scan") && large.iter().any(|table| line.contains(table));
            // By number, or by the partial indexes of pending and failed documents; never by event or kind alone.
            let partial = line.contains("documents_pending") || line.contains("documents_failed");
            let whole = next.contains("number") || next.contains("(event_key = $1) AND (kind = 1)");
            assert!(!scan || partial || whole, "{line}\n{next}\n\n{text}");
        }
    }
}
