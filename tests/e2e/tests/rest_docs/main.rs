//! `docs/rest-ws.md` agrees with the daemon: every example is sent as it stands there, in order, and the answer is
//! compared with the printed one; every route has a section with an example, and every section a route.
//!
//! How examples are written is told in the document itself. Does NOT judge the words around them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a story that cannot go on has failed")]

mod central;
mod compare;
mod daemon;
mod exchange;
mod operators;
mod page;
mod socket;
mod walk;

use central::Central;
use daemon::Daemon;
use loom_app::http::list_routes;
use loom_e2e::data_dir::sqlite;
use page::{Block, Page};
use walk::Walk;

/// Devices, a backup without its file and a Matter fabric, as the parts of the product that talk to them leave them.
const SEED: &str = include_str!("seed.sql");

#[test]
fn every_example_is_answered_as_printed() {
    let page = Page::read();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("var");
    let central = Central::start();
    let config = folder.path().join("config.yaml");
    std::fs::write(&config, "{}").unwrap();
    Daemon::start(&data_dir).stop();
    // From the second start on what a config file says of this is no state.
    std::fs::write(&config, central::PATIENCE).unwrap();
    sqlite(&data_dir.join("openccu-loom.db"), SEED);
    let daemon = Daemon::start(&data_dir);
    let mut stand_ins = central.stand_ins();
    stand_ins.push(("/var/lib/openccu-loom".to_owned(), data_dir.display().to_string()));
    let mut walk = Walk::new(daemon.address(), stand_ins);
    for (section, block) in page.blocks() {
        let step = format!("docs/rest-ws.md:{}: {section}", block.line());
        match block {
            Block::Shell { script, .. } => walk.type_in(&step, folder.path(), script),
            Block::Http { exchange, .. } => walk.exchange(&step, exchange),
            Block::Socket { turns, .. } => walk.converse(&step, turns),
        }
    }
    walk.end();
    daemon.stop();
}

#[test]
fn every_route_has_a_section_with_its_role_in_the_order_of_the_routes() {
    let told: Vec<String> = Page::read().routes().map(page::Route::line).collect();
    let listed = list_routes().into_iter().map(|route| {
        page::Route {
            method: route.method,
            path: route.path,
            role: route.role.unwrap_or("everybody").to_owned(),
            exchanges: Vec::new(),
        }
        .line()
    });
    let listed: Vec<String> = listed.collect();
    let missing: Vec<_> = listed.iter().filter(|route| !told.contains(route)).collect();
    let unknown: Vec<_> = told.iter().filter(|route| !listed.contains(route)).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "without a section: {missing:#?}\nno such route: {unknown:#?}"
    );
    assert_eq!(told, listed, "the order of sections is that of the routes");
}

#[test]
fn every_section_of_a_route_shows_a_request_to_it() {
    let page = Page::read();
    let bare: Vec<_> = page.routes().filter(|route| !route.is_shown()).map(page::Route::line).collect();
    assert!(bare.is_empty(), "without an example: {bare:#?}");
}
