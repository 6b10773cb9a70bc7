//! Lines as they leave the process: fields, ids, levels, and what cannot break or leak.

use super::*;
use crate::telemetry::captured::lines;
use loom_domain::secret::{SecretBytes, SecretText, SecretValue};
use serde_json::{Value, json};

fn json_lines(logging: &Logging, told: impl FnOnce()) -> Vec<Value> {
    lines(logging, told).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text_line(format: Format, told: impl FnOnce()) -> String {
    let lines = lines(&Logging { format, ..Logging::default() }, told);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    line.clone()
}

#[test]
fn a_json_line_holds_the_event_and_the_ids_of_what_it_happened_in() {
    let lines = json_lines(&Logging::default(), || {
        let request =
            tracing::info_span!("request", request_id = "r-1", job_id = tracing::field::Empty, path = "/x");
        let _request = request.enter();
        let job = tracing::info_span!("job", central = %"ccu");
        let _job = job.enter();
        request.record("job_id", "j-7");
        tracing::warn!(
            status = 503_u16,
            ratio = 0.5,
            odd = f64::NAN,
            cold = true,
            cause = "none",
            "it is \"late\""
        );
    });
    let wanted = json!({
        "ts": "2026-06-08T12:00:00.123456Z", "level": "warn", "target": module_path!(), "msg": "it is \"late\"",
        "status": 503, "ratio": 0.5, "odd": "NaN", "cold": true, "cause": "none",
        "request_id": "r-1", "job_id": "j-7", "central": "ccu",
    });
    assert_eq!(lines, [wanted]);
}

#[test]
fn no_field_takes_the_place_of_another() {
    let [line] = lines(&Logging::default(), || {
        let _request = tracing::info_span!("request", request_id = "outer").entered();
        let _inner = tracing::info_span!("inner", request_id = "inner").entered();
        tracing::info!(level = "high", ts = 1, request_id = "own", "x");
    })
    .try_into()
    .unwrap();
    assert_eq!(line.matches("\"level\":").count(), 1, "{line}");
    assert_eq!(line.matches("request_id").count(), 1, "{line}");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!([&line["level"], &line["level_"], &line["ts_"]], [&json!("info"), &json!("high"), &json!(1)]);
    assert_eq!(line["request_id"], "own");
}

#[test]
fn what_a_client_sends_is_no_error_of_the_daemon() {
    const SERVER: &str = "actix_http::h1::dispatcher";
    let told = || tracing::error!(target: SERVER, "stream error: request parse error");
    assert_eq!(lines(&Logging::default(), told).len(), 0);
    let overrides = [(SERVER.to_owned(), Level::Debug)].into();
    assert_eq!(lines(&Logging { overrides, ..Logging::default() }, told).len(), 1);
}

#[test]
fn a_line_of_words_reads_as_one() {
    let told = || {
        let _request = tracing::info_span!("request", request_id = "r-1").entered();
        tracing::error!(path = "a b", code = 4, "backup failed");
    };
    let plain = text_line(Format::Text, told);
    let wanted = format!(
        "2026-06-08T12:00:00.123Z ERROR {}: backup failed path=\"a b\" code=4 request_id=r-1",
        module_path!()
    );
    assert_eq!(plain, wanted);
    let coloured = text_line(Format::TextColor, told);
    assert!(coloured.contains("\x1b[31mERROR\x1b[0m"), "{coloured:?}");
    let colours = ["\x1b[31m", "\x1b[2m", "\x1b[0m"];
    assert_eq!(colours.iter().fold(coloured, |text, colour| text.replace(colour, "")), wanted);
}

#[test]
fn what_a_caller_sends_cannot_make_a_line_of_its_own() {
    let hostile = "x\r\n{\"level\":\"error\",\"msg\":\"forged\"}\u{1b}[2J\u{2028}y";
    for format in [Format::Json, Format::Text, Format::TextColor] {
        let line = text_line(format, || {
            let _request = tracing::info_span!("request", request_id = hostile).entered();
            tracing::info!(agent = hostile, debug = ?hostile, "{hostile}");
        });
        assert!(!line.contains(['\r', '\u{2028}']) && !line.contains("\u{1b}[2J"), "{line:?}");
    }
    let [line] =
        json_lines(&Logging::default(), || tracing::info!(agent = hostile, "{hostile}")).try_into().unwrap();
    assert_eq!((&line["agent"], &line["msg"]), (&json!(hostile), &json!(hostile)));
}

#[test]
fn a_long_value_is_cut() {
    let long = "ü".repeat(100_000);
    let line = text_line(Format::Json, || tracing::info!(long, "x"));
    assert!(line.len() < 10_000 && line.ends_with("…\"}"), "{} bytes", line.len());
}

#[test]
fn secret_types_show_nothing_of_themselves() {
    let text = SecretText::new("hunter2");
    let bytes = SecretBytes::new(b"hunter2".to_vec());
    let value = SecretValue::Clear(SecretText::new("hunter2"));
    for format in [Format::Json, Format::Text] {
        let line =
            text_line(format, || tracing::error!(?text, ?bytes, ?value, "{text:?} {bytes:?} {value:?}"));
        assert!(!line.contains("hunter2") && !line.contains("104, 117"), "{line}");
        assert_eq!(line.matches("[secret]").count(), 6, "{line}");
    }
}

#[test]
fn the_level_decides_and_an_override_decides_better() {
    let overrides = BTreeMap::from([("loom_app::quiet".to_owned(), Level::Error)]);
    let lines = json_lines(&Logging { level: Level::Debug, overrides, ..Logging::default() }, || {
        tracing::trace!("finest");
        tracing::debug!("fine");
        tracing::warn!(target: "loom_app::quiet::room", "hushed");
        tracing::error!(target: "loom_app::quiet", "loud");
        tracing::debug!(target: "h2", "frames");
        tracing::info!(target: "h2", "bound");
    });
    let said: Vec<_> = lines.iter().map(|line| line["msg"].as_str().unwrap()).collect();
    assert_eq!(said, ["fine", "loud", "bound"]);
}

#[test]
fn an_error_keeps_its_request_id_where_info_is_not_written() {
    let lines = json_lines(&Logging { level: Level::Error, ..Logging::default() }, || {
        let _request = tracing::info_span!("request", request_id = "r-1").entered();
        tracing::warn!("hushed");
        tracing::error!("loud");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["request_id"], "r-1");
}

#[test]
fn an_error_is_told_with_its_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("the outer")]
    struct Outer(#[source] std::io::Error);
    let outer = Outer(std::io::Error::other("the inner"));
    let lines = json_lines(&Logging::default(), || {
        tracing::error!(error = &outer as &(dyn std::error::Error + 'static), "x");
    });
    assert_eq!(lines[0]["error"], "the outer: the inner");
}

#[test]
fn names_of_the_configuration_are_read_and_others_refused_with_those_there_are() {
    for name in Level::NAMES {
        assert_eq!(name.parse::<Level>().unwrap().name(), name);
    }
    for name in Format::NAMES {
        assert_eq!(name.parse::<Format>().unwrap().name(), name);
    }
    assert_eq!(
        "loud".parse::<Level>().unwrap_err().to_string(),
        "`loud` is none of debug, info, warn, error"
    );
    assert_eq!("xml".parse::<Format>().unwrap_err().to_string(), "`xml` is none of json, text, text-color");
}
