//! The configuration in effect: which layer sets what, and the value that wins.
//!
//! Compiled defaults, then the config file, then the environment, then what is stored; a later layer wins. Only a secret
//! that the environment sets beats the stored one. Does NOT read any of the layers, and knows nothing of centrals,
//! which are no settings.

mod layers;

use crate::config_schema::value_kind::{duration_of, whole_number};
use crate::config_schema::{
    Finding, Home, check_field, find_field, join_sections, mask_value, nested, normalize_document, settings,
};
use crate::config_section::ConfigSection;
use layers::{Leaf, leaves};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The configuration in effect. `Debug` shows no value.
#[derive(Clone)]
pub struct EffectiveConfig {
    /// The winning value of each setting, by its keys.
    values: BTreeMap<Vec<String>, Winner>,
    ignored: Vec<Finding>,
}

/// The layer a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The config file.
    Bootstrap,
    /// An environment variable.
    Env,
    /// A stored section.
    Db,
}

impl Source {
    /// The word for it: `default`, `bootstrap`, `env` or `db`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Bootstrap => "bootstrap",
            Self::Env => "env",
            Self::Db => "db",
        }
    }
}

#[derive(Clone)]
struct Winner {
    value: Value,
    source: Source,
}

impl EffectiveConfig {
    /// Works the configuration out: `file` is the nested document of the config file, `environment` the values of
    /// variables by the path of the field they set, `sections` what is stored. A value its field cannot have is passed
    /// over for the next layer's, and told in [`ignored`](Self::ignored).
    pub fn work_out(
        file: &Value,
        environment: &BTreeMap<String, Value>,
        sections: &[ConfigSection],
    ) -> EffectiveConfig {
        let mut config = Self { values: BTreeMap::new(), ignored: Vec::new() };
        for field in settings() {
            let keys = field.path.split('.').map(str::to_owned).collect();
            config.values.insert(keys, Winner { value: field.default_value(), source: Source::Default });
        }
        config.lay(Source::Bootstrap, leaves(&normalize_document(file.clone())));
        let mut overlay = Value::Object(Map::new());
        for (path, value) in environment {
            nested::put_at(&mut overlay, path, value.clone());
        }
        config.lay(Source::Env, leaves(&overlay));
        let stored = join_sections(sections.iter().map(|section| (section.name.as_str(), &section.value)));
        config.lay(Source::Db, leaves(&stored));
        config.follow_aliases();
        config
    }

    fn lay(&mut self, source: Source, leaves: Vec<Leaf>) {
        for Leaf { keys, value } in leaves {
            let field = find_field(&keys.join("."));
            let pinned = field.is_some_and(|field| field.is_secret())
                && self.values.get(&keys).is_some_and(|winner| winner.source == Source::Env);
            if pinned {
                continue;
            }
            let Some(field) = field else {
                self.values.insert(keys, Winner { value, source });
                continue;
            };
            if source == Source::Db && field.home != Home::Section {
                continue;
            }
            match check_field(field, &value) {
                Some(finding) => self.ignored.push(finding),
                // A placeholder of a secret that is no text stands for nothing.
                None if field.kind.problem(&value).is_some() => {}
                None => drop(self.values.insert(keys, Winner { value, source })),
            }
        }
    }

    /// Two names of one setting have one value: the one set last, and the proper name's where both are set.
    fn follow_aliases(&mut self) {
        let keys = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        for alias in settings().filter(|field| field.alias_of.is_some()) {
            let (alias, proper) = (keys(alias.path), keys(alias.alias_of.unwrap_or(alias.path)));
            let set = |keys: &Vec<String>| {
                self.values.get(keys).filter(|winner| winner.source != Source::Default).cloned()
            };
            if let Some(winner) =
                set(&proper).or_else(|| set(&alias)).or_else(|| self.values.get(&proper).cloned())
            {
                self.values.insert(proper, winner.clone());
                self.values.insert(alias, winner);
            }
        }
    }

    /// Values that were passed over because their field cannot have them.
    pub fn ignored(&self) -> &[Finding] {
        &self.ignored
    }

    /// The layer the value at `path` comes from; [`Source::Default`] if there is no such setting.
    pub fn source(&self, path: &str) -> Source {
        self.winner(path).map_or(Source::Default, |winner| winner.source)
    }

    /// The value at `path`, in clear also where it is secret; `null` if nothing is set there.
    pub fn value(&self, path: &str) -> &Value {
        self.winner(path).map_or(&Value::Null, |winner| &winner.value)
    }

    // A typed getter asks for a setting by name in the code; a name that is in no table is a mistake there, found by any
    // test that runs over it.

    /// A setting that is `true` or `false`.
    pub fn bool(&self, path: &str) -> bool {
        self.known(path).as_bool().unwrap_or_default()
    }

    /// A setting that is a whole number; the largest or smallest there is where it does not fit.
    pub fn integer(&self, path: &str) -> i64 {
        let number = whole_number(self.known(path)).unwrap_or_default();
        i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
    }

    /// A setting that is a number.
    pub fn number(&self, path: &str) -> f64 {
        self.known(path).as_f64().unwrap_or_default()
    }

    /// A setting that is a text; empty where it is not set.
    pub fn text(&self, path: &str) -> &str {
        self.known(path).as_str().unwrap_or_default()
    }

    /// A setting that is a duration.
    pub fn duration(&self, path: &str) -> Duration {
        duration_of(self.known(path)).unwrap_or_default()
    }

    /// A setting that is a list of texts.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        self.known(path).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// `{config, sources}` as clients may see it: secrets masked, and for each dotted path the word of its layer.
    pub fn to_masked_json(&self) -> Value {
        let mut config = Value::Object(Map::new());
        let mut sources = Map::new();
        for (keys, Winner { value, source }) in &self.values {
            let path = keys.join(".");
            let shown = find_field(&path).map_or_else(|| value.clone(), |field| mask_value(field, value));
            nested::put(&mut config, &keys.iter().map(String::as_str).collect::<Vec<_>>(), shown);
            sources.insert(path, Value::from(source.as_str()));
        }
        json!({ "config": config, "sources": sources })
    }

    fn known(&self, path: &str) -> &Value {
        debug_assert!(find_field(path).is_some(), "`{path}` is no setting");
        self.value(path)
    }

    fn winner(&self, path: &str) -> Option<&Winner> {
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.values.get(&keys)
    }
}

impl fmt::Debug for EffectiveConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectiveConfig").field("settings", &self.values.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
