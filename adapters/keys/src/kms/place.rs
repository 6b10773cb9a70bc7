//! Which key of which service a call is about: from settings, from a wrapped key, from the environment.
//!
//! Does NOT ask the service whether the key exists.

use crate::env::Lookup;
use crate::wrapping_settings::KmsSettings;
use hyper::Uri;
use hyper::http::uri::Scheme;
use loom_domain::secret::WrappedKey;

/// A key of a service.
#[derive(Debug)]
pub(super) struct Place {
    /// Id, ARN or alias.
    pub(super) key_id: String,
    /// Region that signatures are made for.
    pub(super) region: String,
    /// Where calls go.
    pub(super) uri: Uri,
    /// The address that was set; `None` is AWS itself.
    pub(super) own_endpoint: Option<String>,
}

impl Place {
    /// The key that `settings` name. An error says what is missing, and may end in a hint.
    pub(super) fn to_wrap(settings: &KmsSettings, lookup: &Lookup) -> Result<Self, String> {
        let key_id = text(settings.key_id.as_ref()).ok_or(
            "no key is named\nhint: set `keys.kms.key_id` to the id, ARN or alias of a symmetric key of the service",
        )?;
        let region = text(settings.region.as_ref());
        Self::new(key_id, region, text(settings.endpoint.as_ref()), lookup)
    }

    /// The key that `wrapped` names. The address that is set for this machine beats the one in the document.
    pub(super) fn to_unwrap(
        settings: &KmsSettings,
        wrapped: &WrappedKey,
        lookup: &Lookup,
    ) -> Result<Self, String> {
        let stored = |name: &str| text(wrapped.settings.get(name));
        let key_id = stored("key_id").ok_or("the wrapped key does not name the key that wrapped it")?;
        let region = stored("region").or_else(|| text(settings.region.as_ref()));
        let endpoint = match (text(settings.endpoint.as_ref()), stored("endpoint")) {
            (Some(set), _) => Some(set),
            // Whoever can write the file, or hands an archive over, must not choose who gets signed requests and the key.
            (None, Some(stored)) if !may_be_followed(&stored) => {
                return Err(format!(
                    "the wrapped key names the endpoint `{stored}`, which is neither on this machine nor https:// at KMS of AWS, \
                     and the settings do not name it\nhint: if it is the right one, set `keys.kms.endpoint` to it"
                ));
            }
            (None, stored) => stored,
        };
        Self::new(key_id, region, endpoint, lookup)
    }

    fn new(
        key_id: String,
        region: Option<String>,
        own_endpoint: Option<String>,
        lookup: &Lookup,
    ) -> Result<Self, String> {
        let variable = |name: &str| text(lookup(name).and_then(|value| value.into_string().ok()).as_ref());
        let region = region
            .or_else(|| region_of_arn(&key_id))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .ok_or("no region is set\nhint: set `keys.kms.region`, or name the key by its ARN")?;
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(format!("`{region}` is no region"));
        }
        let address = own_endpoint.clone().unwrap_or_else(|| {
            let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
            format!("https://kms.{region}.amazonaws.com{suffix}")
        });
        let uri = address.parse::<Uri>().ok().filter(is_usable).ok_or_else(|| {
            format!(
                "`{address}` is no address of a service\nhint: it is https:// or http://, a host and maybe a port"
            )
        })?;
        Ok(Self { key_id, region, uri, own_endpoint })
    }
}

fn is_usable(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.path() == "/"
        && uri.query().is_none()
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
}

/// Whether an address that stands in a document alone is called: on this machine, or by TLS at KMS of AWS.
fn may_be_followed(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let by_tls = uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTPS);
    is_loopback(&host) || (by_tls && is_kms(&host))
}

/// Whether a host is one of KMS itself. Anybody can have another one below the domains of AWS.
fn is_kms(host: &str) -> bool {
    let domains = [".amazonaws.com", ".amazonaws.com.cn"];
    let Some(name) = domains.iter().find_map(|domain| host.strip_suffix(domain)) else { return false };
    match name.split('.').collect::<Vec<_>>()[..] {
        [service, region] => is_service(service) && is_region(region),
        [own, service, region, "vpce"] => !own.is_empty() && is_service(service) && is_region(region),
        _ => false,
    }
}

fn is_service(label: &str) -> bool {
    ["kms", "kms-fips"].contains(&label)
}

/// Such as `eu-central-1`. Without that a bucket called `kms`, at `kms.s3.amazonaws.com`, would do.
fn is_region(label: &str) -> bool {
    let parts: Vec<_> = label.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(&parts[..], [words @ .., number]
        if words.len() >= 2 && words.iter().all(is_word) && number.parse::<u8>().is_ok())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `arn:aws:kms:<region>:<account>:key/<id>`.
fn region_of_arn(key_id: &str) -> Option<String> {
    let mut parts = key_id.split(':');
    let is_arn = parts.next() == Some("arn") && parts.nth(1) == Some("kms");
    parts.next().filter(|region| is_arn && !region.is_empty()).map(str::to_owned)
}

/// A text that says something.
fn text(value: Option<&String>) -> Option<String> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
