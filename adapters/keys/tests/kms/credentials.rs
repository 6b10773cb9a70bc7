//! Cases of who we are to the service.

use super::loopback::{Reply, Service};
use super::*;
use loom_domain::ports::{KeyError, KeyWrapping as _};

fn encrypted() -> Reply {
    Reply::Answer(200, r#"{"CiphertextBlob": "c2VhbGVk"}"#.to_owned())
}

/// The name that the one call to a service was signed with.
async fn signed_by(
    variables: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
) -> Result<String, KeyError> {
    let service = Service::replying(vec![encrypted()]).await;
    let wrapping = KmsWrapping::new(settings(&format!("http://{}", service.address)), variables);
    wrapping.with_patience(HASTE).wrap(&key(), "4f1c").await?;
    let calls = service.calls();
    let signature = calls[0].header("authorization").unwrap();
    Ok(signature.split(['=', '/']).nth(1).unwrap().to_owned())
}

#[tokio::test]
async fn credentials_come_from_a_profile_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let profiles = "[default]\naws_access_key_id = WRONG\naws_secret_access_key = x\n\n\
                    [loom]\naws_access_key_id = OFPROFILE\naws_secret_access_key = y\n";
    std::fs::write(file.path(), profiles).unwrap();
    let path = file.path().as_os_str().to_owned();
    let variables = move |name: &str| match name {
        "AWS_PROFILE" => Some("loom".into()),
        "AWS_SHARED_CREDENTIALS_FILE" => Some(path.clone()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    };
    assert_eq!(signed_by(variables).await.unwrap(), "OFPROFILE");
}

#[tokio::test]
async fn credentials_come_from_the_home_folder() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let profiles = "[default]\naws_access_key_id = OFHOME\naws_secret_access_key = y\n";
    std::fs::write(home.path().join(".aws/credentials"), profiles).unwrap();
    let folder = home.path().as_os_str().to_owned();
    let variables = move |name: &str| match name {
        "HOME" => Some(folder.clone()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    };
    assert_eq!(signed_by(variables).await.unwrap(), "OFHOME");
}

#[tokio::test]
async fn credentials_come_from_the_service_of_a_container() {
    let given = r#"{"AccessKeyId": "OFCONTAINER", "SecretAccessKey": "y", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let container = Service::replying(vec![Reply::Answer(200, given.to_owned())]).await;
    let address = format!("http://{}/credentials", container.address);
    let variables = move |name: &str| match name {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI" => Some(address.clone().into()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    };
    assert_eq!(signed_by(variables).await.unwrap(), "OFCONTAINER");
}

#[tokio::test]
async fn credentials_come_from_the_service_of_a_machine() {
    let given = r#"{"Code": "Success", "AccessKeyId": "OFMACHINE", "SecretAccessKey": "y", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let text = |text: &str| Reply::Answer(200, text.to_owned());
    let machine = Service::replying(vec![text("token"), text("role"), text(given)]).await;
    let address = format!("http://{}", machine.address);
    let variables =
        move |name: &str| (name == "AWS_EC2_METADATA_SERVICE_ENDPOINT").then(|| OsString::from(&address));
    assert_eq!(signed_by(variables).await.unwrap(), "OFMACHINE");
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_places_of_them_are_told() {
    let service = Service::replying(vec![encrypted()]).await;
    let nothing = |name: &str| (name == "AWS_EC2_METADATA_DISABLED").then(|| "true".into());
    let wrapping = KmsWrapping::new(settings(&format!("http://{}", service.address)), nothing);
    let error = wrapping.wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::NotSetUp { .. }), "{error:?}");
    assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
    assert!(service.calls().is_empty());
}

#[tokio::test]
async fn no_program_is_started_for_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let (config, witness) = (folder.path().join("config"), folder.path().join("started"));
    let profile = format!("[default]\ncredential_process = touch {}\n", witness.display());
    std::fs::write(&config, profile).unwrap();
    let variables = move |name: &str| match name {
        "AWS_CONFIG_FILE" => Some(config.clone().into_os_string()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    };
    assert!(matches!(signed_by(variables).await, Err(KeyError::NotSetUp { .. })));
    assert!(!witness.exists());
}
