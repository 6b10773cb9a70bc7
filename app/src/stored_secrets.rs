//! Which secrets a state store holds, and in which form: asked of the store itself, before anything opens them.
//!
//! Does NOT open, seal or show a secret.

use loom_domain::ports::{Centrals, ConfigSections, StoreError};
use loom_domain::secret::classify::visit_leaves;
use loom_domain::secret::{SecretPlace, SecretValue, envelope};
use serde_json::Value;

/// One secret as it is stored.
pub(crate) struct StoredSecret {
    /// Where it stands.
    pub(crate) at: SecretPlace,
    /// Words for its place.
    pub(crate) place: String,
    /// Its envelope; `None` if it lies there in clear.
    pub(crate) sealed: Option<String>,
}

/// Every secret of the centrals and sections that is set.
pub(crate) async fn find<S>(store: &S) -> Result<Vec<StoredSecret>, StoreError>
where
    S: Centrals + ConfigSections + ?Sized,
{
    let mut found = Vec::new();
    for central in store.list_centrals().await? {
        for (field, column, value) in [
            ("password", "password_plain", &central.password),
            ("api token", "api_token_plain", &central.api_token),
        ] {
            let sealed = match value {
                Some(SecretValue::Sealed(sealed)) => Some(sealed.clone()),
                Some(SecretValue::Clear(clear)) if !clear.reveal().is_empty() => None,
                _ => continue,
            };
            let at = SecretPlace::of_central(central.name.as_str(), column);
            found.push(StoredSecret {
                at,
                place: format!("the {field} of central `{}`", central.name),
                sealed,
            });
        }
    }
    for mut section in store.list_sections().await? {
        visit_leaves(&section.name, &mut section.value, &mut |path, _, leaf| {
            let sealed = match &*leaf {
                Value::String(text) if envelope::is_sealed(text) => Some(text.clone()),
                Value::String(text) if text.is_empty() => return,
                Value::String(_) | Value::Number(_) => None,
                _ => return,
            };
            let at = SecretPlace::of_section(&section.name, path);
            found.push(StoredSecret { at, place: format!("`{}.{path}`", section.name), sealed });
        });
    }
    Ok(found)
}
