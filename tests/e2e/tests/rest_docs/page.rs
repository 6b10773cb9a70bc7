//! The document as it is checked: sections of routes, and the fenced blocks in them, in order.
//!
//! Does NOT send or compare anything.

use crate::exchange::Exchange;
use loom_e2e::docs::document;

/// The whole document.
pub(crate) struct Page {
    sections: Vec<Section>,
}

struct Section {
    heading: String,
    route: Option<Route>,
    blocks: Vec<Block>,
}

/// A section that is about a route.
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) role: String,
    pub(crate) exchanges: Vec<(String, String)>,
}

/// A fenced block that is checked.
pub(crate) enum Block {
    /// Commands for a shell.
    Shell { line: usize, script: String },
    /// A request and its response.
    Http { line: usize, exchange: Exchange },
    /// Messages on the open WebSocket.
    Socket { line: usize, turns: Vec<Turn> },
}

/// One message of a WebSocket, as JSON.
pub(crate) enum Turn {
    Sent(String),
    Received(String),
}

impl Page {
    /// Reads it from the repository.
    pub(crate) fn read() -> Self {
        let text = document("docs/rest-ws.md");
        let mut page = Self { sections: Vec::new() };
        let mut fence: Option<(usize, String, String)> = None;
        for (number, line) in text.lines().enumerate() {
            match &mut fence {
                Some((from, language, body)) => {
                    if line == "```" {
                        let block = Block::parse(*from, language, body);
                        page.sections.last_mut().unwrap().blocks.extend(block);
                        fence = None;
                    } else {
                        *body += line;
                        body.push('\n');
                    }
                }
                None => match (line.strip_prefix("```"), line.starts_with('#')) {
                    (Some(language), _) => fence = Some((number + 1, language.to_owned(), String::new())),
                    (None, true) => page.sections.push(Section::new(line)),
                    (None, false) => page.tell(line),
                },
            }
        }
        page.collect_exchanges();
        page
    }

    /// Every block with the heading it stands below.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (&str, &Block)> {
        self.sections
            .iter()
            .flat_map(|section| section.blocks.iter().map(|block| (section.heading.as_str(), block)))
    }

    /// Every section of a route.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.sections.iter().filter_map(|section| section.route.as_ref())
    }

    /// `Role: admin.` is the first line of a route's section.
    fn tell(&mut self, line: &str) {
        let Some(route) = self.sections.last_mut().and_then(|section| section.route.as_mut()) else { return };
        if route.role.is_empty() && !line.is_empty() {
            let role = line.strip_prefix("Role: ").and_then(|rest| rest.split_once('.'));
            let role = role.unwrap_or_else(|| panic!("`{}` does not begin with its role", route.path)).0;
            route.role = role.trim_matches('`').to_owned();
        }
    }

    fn collect_exchanges(&mut self) {
        for section in &mut self.sections {
            let Some(route) = &mut section.route else { continue };
            for block in &section.blocks {
                if let Block::Http { exchange, .. } = block {
                    route.exchanges.push((exchange.method().to_owned(), exchange.path().to_owned()));
                }
            }
        }
    }
}

impl Section {
    fn new(heading: &str) -> Self {
        let heading = heading.trim_start_matches('#').trim();
        let route = heading.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')?.split_once(" /"));
        let route = route.map(|(method, path)| Route {
            method: method.to_owned(),
            path: format!("/{path}"),
            role: String::new(),
            exchanges: Vec::new(),
        });
        Self { heading: heading.to_owned(), route, blocks: Vec::new() }
    }
}

impl Route {
    /// Method, path and role in one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {} ({})", self.method, self.path, self.role)
    }

    /// Whether one of its examples is a request to it.
    pub(crate) fn is_shown(&self) -> bool {
        self.exchanges.iter().any(|(method, path)| *method == self.method && fits(&self.path, path))
    }
}

/// Whether a path is one of a pattern such as `/users/{subject}`.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
}

impl Block {
    fn parse(line: usize, language: &str, body: &str) -> Option<Self> {
        match language {
            "sh" => Some(Self::Shell { line, script: body.to_owned() }),
            "http" => Some(Self::Http { line, exchange: Exchange::parse(body) }),
            "ws" => Some(Self::Socket { line, turns: turns(body) }),
            _ => None,
        }
    }

    /// The line of its fence.
    pub(crate) fn line(&self) -> usize {
        match self {
            Self::Shell { line, .. } | Self::Http { line, .. } | Self::Socket { line, .. } => *line,
        }
    }
}

/// `→` is what the client says, `←` what it hears; lines without either go on with the one before.
fn turns(body: &str) -> Vec<Turn> {
    let mut turns = Vec::new();
    for line in body.lines() {
        match (line.strip_prefix('→'), line.strip_prefix('←'), turns.last_mut()) {
            (Some(sent), _, _) => turns.push(Turn::Sent(sent.to_owned())),
            (_, Some(received), _) => turns.push(Turn::Received(received.to_owned())),
            (None, None, Some(Turn::Sent(text) | Turn::Received(text))) => *text += line,
            (None, None, None) => panic!("a conversation begins with an arrow: {body}"),
        }
    }
    turns
}
