//! One setting: its path, the values it takes, its default, and a sentence for people.
//!
//! Does NOT list the settings (`settings`) and does NOT judge values (`value_kind`).

use super::sections::section_of;
use super::value_kind::FieldKind;
use serde_json::{Map, Value};

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Full dotted path, such as `north.rest.csrf_enabled`; a field of a central begins with `centrals[].`.
    pub path: &'static str,
    /// The values it takes.
    pub kind: FieldKind,
    /// Who has to care about it.
    pub class: Class,
    /// Where its value may be kept.
    pub home: Home,
    /// Whether a change takes effect at the next start only.
    pub restart_required: bool,
    /// Environment variable that sets it.
    pub environment: Option<&'static str>,
    /// The field this one is another name of.
    pub alias_of: Option<&'static str>,
    /// Whether this program only keeps it, for parts of the product it does not have.
    pub idle: bool,
    /// A value to show where the default would not make a usable example.
    pub example: Option<&'static str>,
    preset: Preset,
    sentence: &'static str,
}

/// Who has to care about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Most installations look at it.
    Basic,
    /// The default is right for almost everybody.
    Expert,
    /// Its value is a secret: sealed at rest and never shown.
    Secret,
}

impl Class {
    /// The word for it: `basic`, `expert` or `secret`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Expert => "expert",
            Self::Secret => "secret",
        }
    }
}

/// Where the value of a field may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// File, environment, or the stored section its path belongs to.
    Section,
    /// File or environment only: it is needed before the state is open.
    Bootstrap,
    /// Its path belongs to a section, but only the file may hold it.
    FileOnly,
    /// An entry of the list `centrals` of the file.
    Central,
}

/// A default in a form a constant can have.
#[derive(Debug, Clone, Copy)]
enum Preset {
    Nothing,
    Flag(bool),
    Whole(i64),
    Text(&'static str),
    NoList,
    NoMap,
}

impl Field {
    /// The section that owns its path; `None` for the bootstrap tier and for centrals.
    pub fn section(&self) -> Option<&'static str> {
        match self.home {
            Home::Section | Home::FileOnly => section_of(self.path),
            Home::Bootstrap | Home::Central => None,
        }
    }

    /// Its path inside its section, or the whole path if it has none.
    pub fn path_in_section(&self) -> &'static str {
        let inner = self.section().and_then(|section| self.path.strip_prefix(section));
        inner.and_then(|inner| inner.strip_prefix('.')).unwrap_or(self.path)
    }

    /// The value it has when nobody sets it.
    pub fn default_value(&self) -> Value {
        match self.preset {
            Preset::Nothing => Value::Null,
            Preset::Flag(flag) => Value::Bool(flag),
            Preset::Whole(number) => Value::from(number),
            Preset::Text(text) => Value::from(text),
            Preset::NoList => Value::Array(Vec::new()),
            Preset::NoMap => Value::Object(Map::new()),
        }
    }

    /// What it is for, in plain words; says so where it has no effect in this program.
    pub fn sentence(&self) -> String {
        let rest = if self.idle { " Kept, but without effect here." } else { "" };
        format!("{}{rest}", self.sentence)
    }

    /// Whether its value is a secret.
    pub fn is_secret(&self) -> bool {
        self.class == Class::Secret
    }
}

/// How the tables write their rows down. A row is expert-classed, kept in a section, and takes effect at once,
/// unless it says otherwise.
impl Field {
    const fn row(path: &'static str, kind: FieldKind, preset: Preset, sentence: &'static str) -> Self {
        Self {
            path,
            kind,
            class: Class::Expert,
            home: Home::Section,
            restart_required: false,
            environment: None,
            alias_of: None,
            idle: false,
            example: None,
            preset,
            sentence,
        }
    }

    pub(super) const fn text(path: &'static str, default: &'static str, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::Text, Preset::Text(default), sentence)
    }

    pub(super) const fn choice(
        path: &'static str,
        allowed: &'static [&'static str],
        default: &'static str,
        sentence: &'static str,
    ) -> Self {
        Self::row(path, FieldKind::Choice(allowed), Preset::Text(default), sentence)
    }

    pub(super) const fn whole(
        path: &'static str,
        (min, max): (i128, i128),
        default: i64,
        sentence: &'static str,
    ) -> Self {
        Self::row(path, FieldKind::Integer { min, max }, Preset::Whole(default), sentence)
    }

    pub(super) const fn number(
        path: &'static str,
        (min, max): (u32, u32),
        default: i64,
        sentence: &'static str,
    ) -> Self {
        Self::row(path, FieldKind::Number { min, max }, Preset::Whole(default), sentence)
    }

    pub(super) const fn flag(path: &'static str, default: bool, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::Bool, Preset::Flag(default), sentence)
    }

    pub(super) const fn duration(path: &'static str, default: &'static str, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::Duration, Preset::Text(default), sentence)
    }

    pub(super) const fn texts(path: &'static str, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::TextList, Preset::NoList, sentence)
    }

    pub(super) const fn list(path: &'static str, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::List, Preset::NoList, sentence)
    }

    pub(super) const fn text_map(
        path: &'static str,
        allowed: &'static [&'static str],
        sentence: &'static str,
    ) -> Self {
        Self::row(path, FieldKind::TextMap(allowed), Preset::NoMap, sentence)
    }

    pub(super) const fn object(path: &'static str, sentence: &'static str) -> Self {
        Self::row(path, FieldKind::Object, Preset::NoMap, sentence)
    }

    pub(super) const fn basic(mut self) -> Self {
        self.class = Class::Basic;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.class = Class::Secret;
        self
    }

    pub(super) const fn kept_in(mut self, home: Home) -> Self {
        self.home = home;
        self.restart_required = matches!(home, Home::Bootstrap | Home::FileOnly);
        self
    }

    pub(super) const fn restart(mut self) -> Self {
        self.restart_required = true;
        self
    }

    pub(super) const fn variable(mut self, name: &'static str) -> Self {
        self.environment = Some(name);
        self
    }

    pub(super) const fn alias_of(mut self, path: &'static str) -> Self {
        self.alias_of = Some(path);
        self.preset = Preset::Nothing;
        self
    }

    pub(super) const fn idle(mut self) -> Self {
        self.idle = true;
        self
    }

    pub(super) const fn such_as(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }
}
