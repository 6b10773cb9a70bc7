//! Topics: which events a client asked for, and which its role may see.
//!
//! Topics are words joined by `/`. In what a client asks for, `+` stands for one word and `#` at the end for any rest.
//! Does NOT know what events there are.

use loom_domain::account::Role;

/// Most topics of one connection.
const MOST: usize = 64;
const MOST_CHARS: usize = 256;

/// First words of the topics that only admins see; all others are for everybody who is logged in.
const FOR_ADMINS: [&str; 5] = ["jobs", "backups", "restores", "config", "accounts"];

/// What one connection asked for.
pub(super) struct Topics {
    role: Role,
    filters: Vec<String>,
}

impl Topics {
    /// Nothing yet, for a caller of this role.
    pub(super) fn new(role: Role) -> Self {
        Self { role, filters: Vec::new() }
    }

    /// Adds filters; all of them, or none and why.
    pub(super) fn add(&mut self, filters: &[String]) -> Result<(), String> {
        if filters.is_empty() {
            return Err("`topics` is empty; `#` asks for everything".to_owned());
        }
        if let Some(bad) = filters.iter().find(|filter| !is_filter(filter)) {
            let shown: String = bad.chars().take(40).collect();
            return Err(format!(
                "`{}` is no topic: words are joined by `/`, `#` only ends one",
                shown.escape_debug()
            ));
        }
        let fresh: Vec<String> =
            filters.iter().filter(|filter| !self.filters.contains(filter)).cloned().collect();
        if self.filters.len() + fresh.len() > MOST {
            return Err(format!("a connection may have {MOST} topics"));
        }
        self.filters.extend(fresh);
        self.filters.dedup();
        Ok(())
    }

    /// Whether an event of this topic is to be sent.
    pub(super) fn want(&self, topic: &str) -> bool {
        may_see(self.role, topic) && self.filters.iter().any(|filter| matches(filter, topic))
    }
}

fn may_see(role: Role, topic: &str) -> bool {
    let first = topic.split('/').next().unwrap_or_default();
    role == Role::Admin || !FOR_ADMINS.contains(&first)
}

fn is_filter(filter: &str) -> bool {
    let words: Vec<&str> = filter.split('/').collect();
    let last = words.len() - 1;
    (1..=MOST_CHARS).contains(&filter.len())
        && words.iter().enumerate().all(|(index, word)| match *word {
            "" => false,
            "+" => true,
            "#" => index == last,
            word => !word.contains(['+', '#']) && !word.contains(char::is_control),
        })
}

fn matches(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            // As in MQTT, `a/#` is also for `a` itself.
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(wanted), Some(word)) if wanted == word => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_those_of_mqtt() {
        for (filter, topic, wanted) in [
            ("#", "jobs/a/b", true),
            ("jobs/#", "jobs/a/b", true),
            ("jobs/#", "jobs", true),
            ("jobs/+/b", "jobs/a/b", true),
            ("jobs/+", "jobs/a/b", false),
            ("jobs/a", "jobs/a", true),
            ("jobs/a", "jobs/b", false),
            ("jobs/a/b", "jobs/a", false),
            ("centrals/#", "jobs/a", false),
        ] {
            assert_eq!(matches(filter, topic), wanted, "{filter} {topic}");
        }
    }

    #[test]
    fn what_is_no_topic_is_refused_as_a_whole() {
        let mut topics = Topics::new(Role::Admin);
        for bad in ["", "a//b", "a/#/b", "a#", "x\u{0}", &"a".repeat(300)] {
            assert!(topics.add(&["ok".to_owned(), bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(!topics.want("ok"));
        let many: Vec<String> = (0..65).map(|n| format!("t/{n}")).collect();
        assert!(topics.add(&many).is_err());
        topics.add(&many[..64]).unwrap();
        topics.add(&many[..64]).unwrap();
        assert!(topics.want("t/63"));
    }

    #[test]
    fn jobs_backups_and_settings_are_for_admins() {
        for (role, topic, wanted) in [
            (Role::Viewer, "jobs/state_backup/1", false),
            (Role::Operator, "config/sections/locale", false),
            (Role::Operator, "backups/ccu-20261123-031500", false),
            (Role::Operator, "restores/restore-ccu-20261123-031500", false),
            (Role::Viewer, "centrals/ccu", true),
            (Role::Admin, "jobs/state_backup/1", true),
        ] {
            let mut topics = Topics::new(role);
            topics.add(&["#".to_owned()]).unwrap();
            assert_eq!(topics.want(topic), wanted, "{topic}");
        }
    }
}
