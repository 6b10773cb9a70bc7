//! Cases of what a service answers, or does not.

use super::loopback::{Reply, Service};
use super::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use loom_domain::ports::{KeyError, KeyWrapping as _};
use loom_domain::secret::{WrappedKey, Wrapper};
use tokio::time::Instant;

fn wrapped() -> WrappedKey {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    WrappedKey {
        wrapper: Wrapper::Kms,
        fingerprint: key().fingerprint(),
        settings: [pair("key_id", KEY_ID), pair("region", "us-east-1")].into(),
        context: [pair("openccu-loom:data-dir", "4f1c")].into(),
        ciphertext: b"sealed".to_vec(),
    }
}

fn opened() -> Reply {
    Reply::Answer(200, format!(r#"{{"KeyId": "{KEY_ID}", "Plaintext": "{}"}}"#, *key().to_base64()))
}

fn refusing(status: u16, exception: &str) -> Reply {
    let body =
        format!(r#"{{"__type": "com.amazonaws.kms#{exception}", "message": "the words of {exception}"}}"#);
    Reply::Answer(status, body)
}

async fn unwrapping(replies: Vec<Reply>) -> (Result<MasterKey, KeyError>, Vec<loopback::Call>) {
    let service = Service::replying(replies).await;
    let outcome = wrapping(&format!("http://{}", service.address)).unwrap_key(&wrapped()).await;
    (outcome, service.calls())
}

#[tokio::test]
async fn a_call_is_signed_names_its_key_and_tells_the_context() {
    let (outcome, calls) = unwrapping(vec![opened()]).await;
    assert_eq!(outcome.unwrap(), key());
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(call.header("x-amz-target"), Some("TrentService.Decrypt"));
    assert_eq!(call.header("content-type"), Some("application/x-amz-json-1.1"));
    let signature = call.header("authorization").unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signature}");
    assert!(signature.contains("/us-east-1/kms/aws4_request"), "{signature}");
    assert!(signature.contains("x-amz-target"), "the target is not signed: {signature}");
    let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    let expected = serde_json::json!({
        "KeyId": KEY_ID,
        "CiphertextBlob": STANDARD.encode("sealed"),
        "EncryptionContext": {"openccu-loom:data-dir": "4f1c"},
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_wrapped_key_names_the_key_that_was_used_and_not_its_alias() {
    let answer = format!(r#"{{"CiphertextBlob": "{}", "KeyId": "{KEY_ID}"}}"#, STANDARD.encode("sealed"));
    let service = Service::replying(vec![Reply::Answer(200, answer)]).await;
    let endpoint = format!("http://{}", service.address);
    let settings = KmsSettings { key_id: Some("alias/loom".to_owned()), ..settings(&endpoint) };
    let wrapping = KmsWrapping::new(settings, variables).with_patience(HASTE);
    let wrapped = wrapping.wrap(&key(), "4f1c").await.unwrap();
    assert_eq!(wrapped.settings["key_id"], KEY_ID);
    assert_eq!(wrapped.settings["region"], "us-east-1");
    assert_eq!(wrapped.settings["endpoint"], endpoint);
    assert_eq!(wrapped.ciphertext, b"sealed");
    let body: serde_json::Value = serde_json::from_str(&service.calls()[0].body).unwrap();
    assert_eq!(body["KeyId"], "alias/loom");
    assert_eq!(body["Plaintext"], key().to_base64().as_str());
}

#[tokio::test]
async fn each_refusal_of_the_service_has_its_own_error_with_its_words_and_is_final() {
    type Sort = fn(&KeyError) -> bool;
    let denied: Sort = |error| matches!(error, KeyError::Denied { .. });
    let unusable: Sort = |error| matches!(error, KeyError::NoWrappingKey { .. });
    let shut: Sort = |error| matches!(error, KeyError::NotUnwrapped { .. });
    for (exception, sort, hint) in [
        ("AccessDeniedException", denied, "allow `kms:Decrypt` on `arn:aws:kms:"),
        ("UnrecognizedClientException", denied, "credentials"),
        ("InvalidSignatureException", denied, "its clock"),
        ("ExpiredTokenException", denied, "credentials"),
        ("DisabledException", unusable, "look at the key `arn:aws:kms:"),
        ("KMSInvalidStateException", unusable, "deletion"),
        ("NotFoundException", unusable, "in region `us-east-1`"),
        ("InvalidCiphertextException", shut, "from an archive"),
        ("IncorrectKeyException", shut, "from an archive"),
        ("ValidationException", shut, "from an archive"),
    ] {
        let (outcome, calls) = unwrapping(vec![refusing(400, exception)]).await;
        let error = outcome.unwrap_err();
        assert!(sort(&error), "{exception}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("the words of {exception}")) && text.contains(hint), "{text}");
        assert!(text.contains("secret.key.kms"), "{text}");
        assert_eq!(calls.len(), 1, "{exception} was tried again");
    }
    let (outcome, calls) = unwrapping(vec![refusing(400, "UnsupportedOperationException")]).await;
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("kms wrapper is not set up") && text.contains("the words of"), "{text}");
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn what_passes_is_tried_again_until_it_has_passed() {
    for passing in [
        refusing(400, "ThrottlingException"),
        refusing(429, "TooManyRequestsException"),
        refusing(500, "KMSInternalException"),
        refusing(400, "KeyUnavailableException"),
        Reply::Answer(503, "<html>down for repairs</html>".to_owned()),
        Reply::CutShort,
        Reply::Gone,
    ] {
        let (outcome, calls) = unwrapping(vec![passing.clone(), passing, opened()]).await;
        assert_eq!(outcome.unwrap(), key());
        assert_eq!(calls.len(), 3);
    }
}

#[tokio::test]
async fn a_service_that_stays_down_is_unreachable_after_a_bounded_number_of_tries() {
    let (outcome, calls) = unwrapping(vec![refusing(503, "ServiceUnavailable")]).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("ServiceUnavailable (HTTP 503)"), "{error}");
    assert_eq!(calls.len(), 5);
}

#[tokio::test]
async fn a_service_that_hangs_is_unreachable_after_a_bounded_time() {
    let service = Service::replying(vec![Reply::Silence]).await;
    let patience = KmsPatience { total: Duration::from_secs(150), ..HASTE };
    let wrapping = KmsWrapping::new(settings(&format!("http://{}", service.address)), variables);
    let wrapping = wrapping.with_patience(patience);
    let begun = Instant::now();
    // What a call takes to come in is real; the silence after it is not waited for.
    let silence = async {
        service.called(1).await;
        tokio::time::pause();
        tokio::time::advance(patience.try_for).await;
        tokio::time::resume();
        service.called(2).await;
        tokio::time::pause();
    };
    let wrapped = wrapped();
    let (outcome, ()) = tokio::join!(wrapping.unwrap_key(&wrapped), silence);
    let error = outcome.unwrap_err();
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("nothing came within"), "{error}");
    // Without the limit on all of it, five tries would take 300 s.
    assert!(begun.elapsed() < Duration::from_secs(240), "{:?}", begun.elapsed());
    assert!((2..=3).contains(&service.calls().len()), "{}", service.calls().len());
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable_and_the_address_is_named() {
    let (address, _closed) = nobody();
    let error = wrapping(&format!("http://{address}")).unwrap_key(&wrapped()).await.unwrap_err();
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_its_end() {
    let (outcome, _) = unwrapping(vec![Reply::Endless]).await;
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("it is longer than 262144 bytes"), "{error}");
}

#[tokio::test]
async fn what_is_no_answer_of_a_key_service_is_told_without_quoting_it() {
    let shown = STANDARD.encode(*key().bytes());
    for body in [
        shown.clone(),
        format!(r#"{{"Plaintext": ["{shown}"]}}"#),
        format!(r#"{{"Plaintext": "*{shown}"}}"#),
        format!(r#"{{"Text": "{shown}"}}"#),
    ] {
        let (outcome, calls) = unwrapping(vec![Reply::Answer(200, body)]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("not one of a key service"), "{error}");
        assert!(!format!("{error} {error:?}").contains(&shown[..12]), "the answer is quoted");
        assert_eq!(calls.len(), 1);
    }
}

#[tokio::test]
async fn another_key_than_the_document_names_is_not_taken() {
    for other in [STANDARD.encode([1; 32]), STANDARD.encode([1; 16]), String::new()] {
        let (outcome, _) =
            unwrapping(vec![Reply::Answer(200, format!(r#"{{"Plaintext": "{other}"}}"#))]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, KeyError::NotUnwrapped { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn words_of_the_service_are_shown_in_part_and_without_control_characters() {
    let words = format!("\\u001b[31m{}", "x".repeat(5000));
    let body = format!(r#"{{"__type": "AccessDeniedException", "Message": "{words}"}}"#);
    let (outcome, _) = unwrapping(vec![Reply::Answer(400, body)]).await;
    let error = outcome.unwrap_err().to_string();
    assert!(!error.contains('\u{1b}') && error.contains("[31mxxx") && error.len() < 1000, "{error}");
}
