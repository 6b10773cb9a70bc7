//! Who a central says it is, and whether it takes questions.

use crate::bed::{Bed, FLAVOURS, assert_says, assert_unauthorized};
use loom_domain::ports::CcuError;
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Flavour, SimConfig, UserLevel};

#[tokio::test]
async fn a_central_says_who_it_is() {
    for (flavour, product, firmware) in
        [(Flavour::Stock, "CCU3", "3.87.6"), (Flavour::OpenCcu, "OpenCCU", "3.87.6.20260101")]
    {
        let bed = Bed::new(flavour).await;
        let gateway = bed.gateway();
        let facts = gateway.identity().await.unwrap();
        assert_eq!(facts.product, product);
        assert_eq!(facts.firmware, firmware);
        assert_eq!(facts.host_name, "homematic-ccu3");
        // The board's number is 3014F711A0001F58A9A7B5C2.
        assert_eq!(facts.serial, "58A9A7B5C2");
        gateway.farewell().await;
        assert_eq!(bed.sim.observed().open_sessions, 0);
    }
}

#[tokio::test]
async fn a_board_without_a_number_has_the_one_of_its_api() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.answer_script("get_serial.fn", "{\"serial\": \"\"}");
    assert_eq!(bed.gateway().identity().await.unwrap().serial, "NEQ0123456");
}

#[tokio::test]
async fn a_script_that_prints_nothing_is_a_failure_that_names_it() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        bed.sim.inject(Fault::EmptyScriptResult);
        let error = bed.gateway().identity().await.unwrap_err();
        assert_says(&error, &["`get_backend_info.fn` printed nothing, so it failed"]);
        assert!(error.may_pass());
        bed.sim.heal();
        bed.sim.answer_script("get_serial.fn", " \n");
        let error = bed.gateway().identity().await.unwrap_err();
        assert_says(&error, &["`get_serial.fn` printed nothing, so it failed"]);
    }
}

#[tokio::test]
async fn broken_umlauts_and_raw_tabs_do_no_harm() {
    let bed = Bed::new(Flavour::Stock).await;
    bed.sim.inject(Fault::BrokenUmlauts);
    let facts = bed.gateway().identity().await.unwrap();
    assert_eq!(facts.host_name, "homematic-ccu3Gartentür");
    assert_eq!(facts.serial, "58A9A7B5C2");
}

#[tokio::test]
async fn a_user_who_is_no_administrator_is_told_so() {
    for flavour in FLAVOURS {
        let bed = Bed::with(SimConfig::new(flavour).user("Guest", "g", UserLevel::Guest)).await;
        let gateway = bed.gateway_with(|access| {
            access.username = Some("Guest".to_owned());
            access.password = Some(SecretText::new("g"));
        });
        let error = gateway.identity().await.unwrap_err();
        assert_unauthorized(&error);
        assert_says(&error, &["`CCU.getVersion` is refused to a session opened just now", "administrator"]);
        // The first session was alive, and must not stay behind the second.
        assert_eq!(bed.sim.observed().open_sessions, 1);
        gateway.farewell().await;
        assert_eq!(bed.sim.observed().open_sessions, 0);
    }
}

#[tokio::test]
async fn a_ready_central_needs_no_credentials_to_say_so() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.gateway_with(|access| access.username = None).is_ready().await.unwrap();
    assert_eq!(bed.sim.observed().logins, 0);
}

#[tokio::test]
async fn a_central_without_its_logic_process_is_not_ready() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        bed.sim.inject(Fault::RegaDown);
        let error = bed.gateway().is_ready().await.unwrap_err();
        assert!(matches!(error, CcuError::NotReady(_)), "{error}");
        assert_says(&error, &["logic process does not answer yet"]);
    }
}

#[tokio::test]
async fn a_central_that_enforces_https_is_named_as_such() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::RedirectToHttps);
    let gateway = bed.gateway();
    for error in [
        gateway.is_ready().await.unwrap_err(),
        gateway.identity().await.unwrap_err(),
        gateway.has_security_key().await.unwrap_err(),
        gateway.create_system_backup().await.unwrap_err(),
    ] {
        assert!(matches!(error, CcuError::Refused(_)) && !error.may_pass(), "{error}");
        assert_says(&error, &["on to HTTPS", "`tls: true`"]);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_named_with_its_method() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::NotANumberJson);
    let error = bed.gateway().has_security_key().await.unwrap_err();
    assert_says(&error, &["`Session.login` was answered with something that is no JSON-RPC answer"]);
}

#[tokio::test]
async fn a_missing_result_is_read_as_nothing() {
    let bed = Bed::new(Flavour::Stock).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    bed.sim.inject(Fault::MissingResultJson);
    let error = gateway.has_security_key().await.unwrap_err();
    assert!(error.to_string().contains("`BidCoS_RF.isKeySet` was answered with something"), "{error}");
}

#[tokio::test]
async fn a_central_that_is_not_there_cannot_be_reached() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    drop(bed);
    let error = gateway.is_ready().await.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)), "{error}");
}
