//! The OpenAPI document: it has every route and no other, and says who may call each.
//!
//! Does NOT check schemas against bodies.

use loom_api_tests::{Backend, TestDaemon, on_each_backend};
use loom_app::http::list_routes;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_each_backend! {
    the_document_has_every_route_and_no_other,
    every_operation_says_who_may_call_it_and_what_it_answers,
    every_reference_leads_somewhere,
    the_digest_of_the_document_is_that_of_its_bytes,
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

async fn document(daemon: &TestDaemon) -> Value {
    let answer = daemon.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        let methods = operations.filter(|(method, _)| METHODS.contains(&method.as_str()));
        methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    });
    each.collect()
}

async fn the_document_has_every_route_and_no_other(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let document = document(&daemon).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    let described: BTreeSet<_> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let served: BTreeSet<_> = list_routes().into_iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(described, served);
}

async fn every_operation_says_who_may_call_it_and_what_it_answers(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let document = document(&daemon).await;
    assert!(document.get("security").is_none(), "a default would be for public routes too");
    let routes = list_routes();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let route = routes.iter().find(|route| route.method == method && route.path == path).unwrap();
        let description = operation["description"].as_str().unwrap();
        let sentence = match route.role {
            None => "Everybody may call it.".to_owned(),
            Some(role) => format!("Needs the role `{role}`."),
        };
        assert!(description.contains(&sentence), "{method} {path}: {description}");
        let security = match route.role {
            None => Value::Null,
            Some(_) => json!([{ "bearer": [] }, { "basic": [] }, { "session": [] }]),
        };
        assert_eq!(operation["security"], security, "{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|code| code.starts_with(['1', '2'])), "{method} {path}");
        assert!(responses.contains_key("429"), "{method} {path}");
        let asks_who = route.role.is_some() || path.ends_with("/login") || path.ends_with("/me");
        assert_eq!(responses.contains_key("401"), asks_who, "{method} {path}");
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let sick = path.ends_with("/health") && status == "503";
            assert!(problem == "#/components/schemas/Problem" || sick, "{method} {path} {status}");
        }
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "two operations are `{id}`");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{method} {path}");
        let named = path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
        let named: BTreeSet<_> = named.collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let in_path = parameters.filter(|parameter| parameter["in"] == "path");
        let described: BTreeSet<_> = in_path.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(named, described, "{method} {path}");
    }
}

async fn every_reference_leads_somewhere(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let document = document(&daemon).await;
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 10, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "`{reference}` leads nowhere");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                references.insert(reference.clone());
            }
            object.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

async fn the_digest_of_the_document_is_that_of_its_bytes(backend: Backend) {
    use sha2::{Digest, Sha256};
    let daemon = TestDaemon::start(backend).await;
    let answer = daemon.anonymous().get("/openapi.json").await.expect(200);
    let digest = loom_domain::archive::hex(&Sha256::digest(&answer.body));
    let info = daemon.anonymous().get("/info").await.expect(200).json();
    assert_eq!(info["schema_digest"], format!("sha256:{digest}"));
}
