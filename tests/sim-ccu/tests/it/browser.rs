//! What the stories share: calls, pages and uploads by another HTTP client. Holds no tests.

use loom_sim_ccu::Sim;
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// A client that never follows a redirect.
pub(crate) fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The raw answer of one JSON-RPC call.
pub(crate) async fn raw(sim: &Sim, body: String) -> Response {
    client().post(format!("{}/api/homematic.cgi", sim.web_url())).body(body).send().await.unwrap()
}

/// One JSON-RPC call: the result, or the code of the error.
pub(crate) async fn call(sim: &Sim, method: &str, params: Value) -> Result<Value, i64> {
    let body = json!({"method": method, "params": params}).to_string();
    let answer: Value = serde_json::from_str(&raw(sim, body).await.text().await.unwrap()).unwrap();
    match answer["error"]["code"].as_i64() {
        Some(code) => Err(code),
        None => Ok(answer["result"].clone()),
    }
}

/// A session of that user.
pub(crate) async fn login(sim: &Sim, user: &str, password: &str) -> Result<String, i64> {
    let answer = call(sim, "Session.login", json!({"username": user, "password": password})).await?;
    Ok(answer.as_str().unwrap().to_owned())
}

/// A session of the administrator every central has.
pub(crate) async fn admin(sim: &Sim) -> String {
    login(sim, "Admin", "secret").await.unwrap()
}

/// Asks for a new backup.
pub(crate) async fn create_backup(sim: &Sim, session: &str) -> reqwest::Result<Response> {
    let url = format!("{}/config/cp_security.cgi?sid=@{session}@&action=create_backup", sim.web_url());
    client().get(url).send().await
}

/// Sends a form to the page of the security settings.
pub(crate) async fn page(sim: &Sim, session: &str, form: &str) -> reqwest::Result<String> {
    let url = format!("{}/config/cp_security.cgi?sid=@{session}@", sim.web_url());
    let request = client().post(url).header("Content-Type", "application/x-www-form-urlencoded");
    request.body(form.to_owned()).send().await?.text().await
}
