//! What a sheet says, each sentence in both languages side by side. Does NOT know formats.
//!
//! The commands on it are run by a test of the binary, against archives of every kind.

mod opening;

use super::sheet::{Block, Sheet};
use super::{KitFacts, KitLanguage, KitSecret, SealedFor};
use loom_domain::archive::Recipient;
use loom_domain::ports::KeySource;
use loom_domain::secret::KeyFingerprint;
use zeroize::Zeroizing;

/// A longer recipient, such as one of a cipher with large keys, is shown by its beginning.
const SHOWN_RECIPIENT: usize = 72;
const NOTE_LINES: usize = 8;

/// The choice of one of two languages.
#[derive(Clone, Copy)]
struct Words(KitLanguage);

impl Words {
    fn say(self, english: impl Into<String>, german: impl Into<String>) -> String {
        match self.0 {
            KitLanguage::English => english.into(),
            KitLanguage::German => german.into(),
        }
    }
}

pub(super) fn sheet(facts: &KitFacts, language: KitLanguage) -> Sheet {
    let words = Words(language);
    let mut blocks = vec![Block::Paragraph(words.say(
        "This sheet brings the state of OpenCCU-Loom back from an archive, also without the program and on another \
         machine. Print it, keep it away from machine and archives, and check once a year that it still fits.",
        "Mit diesem Blatt lässt sich der Zustand von OpenCCU-Loom aus einer Sicherung zurückholen, auch ohne das \
         Programm und auf einem anderen Rechner. Drucken Sie es aus, bewahren Sie es getrennt von Rechner und \
         Sicherungen auf und prüfen Sie einmal im Jahr, ob es noch passt.",
    ))];
    blocks.extend(what_it_is_about(words, facts));
    blocks.extend(facts.secret.as_ref().map(|secret| secret_blocks(words, secret)).unwrap_or_default());
    blocks.extend(opening::with_standard_tools(words));
    blocks.extend(opening::with_this_program(words, &facts.data_dir));
    blocks.extend([
        Block::Heading(words.say("Where everything is", "Wo alles liegt")),
        Block::Blank(words.say("This sheet is kept at", "Dieses Blatt liegt bei")),
        Block::Blank(words.say("Identity or passphrase kept at", "Identität oder Passwort liegt bei")),
        Block::Blank(words.say("Checked on", "Geprüft am")),
        Block::NextPage,
    ]);
    blocks.extend(opening::program_for_sealed_containers(words));
    blocks.extend([Block::Heading(words.say("Notes", "Notizen")), Block::Ruled(NOTE_LINES)]);
    let (code, code_caption) = code(words, facts);
    let title = words.say("Emergency sheet for OpenCCU-Loom", "Notfallblatt für OpenCCU-Loom");
    Sheet { language, title, code, code_caption, blocks }
}

fn what_it_is_about(words: Words, facts: &KitFacts) -> Vec<Block> {
    let unknown = || words.say("not known", "nicht bekannt");
    let mut blocks = vec![
        Block::Fact(words.say("Machine", "Rechner"), facts.host.as_deref().map_or_else(unknown, plain)),
        Block::Fact(words.say("Data dir", "Datenverzeichnis"), plain(&facts.data_dir)),
        Block::Fact(words.say("Made on", "Erstellt am"), facts.made_on.to_string()),
    ];
    let key = words.say("Master key (fingerprint)", "Hauptschlüssel (Fingerabdruck)");
    match &facts.key {
        None => blocks.push(Block::Fact(key, words.say("none found", "keiner gefunden"))),
        Some((fingerprint, source)) => {
            blocks.push(Block::Fact(key, fingerprint.to_string()));
            blocks.push(Block::Fact(words.say("It lies in", "Er liegt in"), place(words, source)));
            blocks.push(Block::Fact(words.say("In archives", "In Sicherungen"), in_archives(words, source)));
        }
    }
    let sealed_for = words.say("Archives are sealed for", "Sicherungen sind verschlüsselt für");
    blocks.extend(
        readers(words, &facts.sealed_for).into_iter().map(|who| Block::Fact(sealed_for.clone(), who)),
    );
    blocks
}

fn place(words: Words, source: &KeySource) -> String {
    plain(&match source {
        KeySource::Environment(name) => {
            words.say(format!("the environment variable {name}"), format!("der Umgebungsvariable {name}"))
        }
        KeySource::File(path) => words.say(format!("the file {path}"), format!("der Datei {path}")),
        KeySource::Credential(path) => words.say(
            format!("the credential {path} of the service manager"),
            format!("dem Credential {path} der Dienstverwaltung"),
        ),
        KeySource::Wrapped { wrapper, path, wrapping_key } => words.say(
            format!("the file {path}, wrapped by the {wrapper} key {wrapping_key}"),
            format!("der Datei {path}, verpackt mit dem {wrapper}-Schlüssel {wrapping_key}"),
        ),
        KeySource::Archive => words.say("an archive", "einer Sicherung"),
        KeySource::Memory => words.say("memory", "dem Arbeitsspeicher"),
    })
}

fn in_archives(words: Words, source: &KeySource) -> String {
    match source {
        KeySource::File(_) => words.say(
            "Archives hold it as state/secret.key, except those sealed with the master key itself (.oclbak).",
            "Sicherungen enthalten ihn als state/secret.key, außer denen, die mit dem Hauptschlüssel selbst \
             verschlüsselt sind (.oclbak).",
        ),
        KeySource::Wrapped { wrapper, .. } => words.say(
            format!(
                "Archives hold it wrapped, as state/{0}. Only that {wrapper} key unwraps it. Against its loss, make a \
                 second sheet with --include-secret.",
                wrapper.file_name()
            ),
            format!(
                "Sicherungen enthalten ihn verpackt, als state/{0}. Nur dieser {wrapper}-Schlüssel packt ihn aus. Für \
                 den Fall, dass er verloren geht, erstellen Sie ein zweites Blatt mit --include-secret.",
                wrapper.file_name()
            ),
        ),
        _ => words.say(
            "No archive holds it. Without it an archive is restored, but the passwords and tokens in it stay sealed.",
            "Keine Sicherung enthält ihn. Ohne ihn lässt sich eine Sicherung einspielen, aber die Passwörter und Token \
             darin bleiben verschlüsselt.",
        ),
    }
}

fn readers(words: Words, sealed_for: &SealedFor) -> Vec<String> {
    match sealed_for {
        SealedFor::Nobody => vec![words.say(
            "nobody: an archive is open to whoever has it",
            "niemanden: Eine Sicherung ist für jeden offen, der sie hat",
        )],
        SealedFor::Recipients(recipients) => recipients.iter().map(|it| shown(words, it)).collect(),
        SealedFor::Passphrase => vec![words.say("a passphrase", "ein Passwort")],
        SealedFor::MasterKey => vec![words.say("the master key", "den Hauptschlüssel")],
    }
}

fn shown(words: Words, recipient: &Recipient) -> String {
    let (text, fingerprint) = (recipient.as_str(), recipient.fingerprint());
    let beginning = match text.get(..SHOWN_RECIPIENT) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    };
    words.say(
        format!("{beginning} (fingerprint {fingerprint})"),
        format!("{beginning} (Fingerabdruck {fingerprint})"),
    )
}

fn secret_blocks(words: Words, secret: &KitSecret) -> Vec<Block> {
    let warning = words.say(
        "This sheet holds a secret in clear. Whoever reads or photographs it can open what it opens. Keep it in a safe \
         place, and destroy it when the key is changed.",
        "Dieses Blatt enthält ein Geheimnis im Klartext. Wer es liest oder fotografiert, kann öffnen, was sich damit \
         öffnen lässt. Bewahren Sie es an einem sicheren Ort auf und vernichten Sie es, wenn der Schlüssel gewechselt \
         wurde.",
    );
    let mut label = match secret {
        KitSecret::MasterKey(_) => {
            words.say("Master key, the content of secret.key", "Hauptschlüssel, der Inhalt von secret.key")
        }
        KitSecret::Identity { .. } => {
            words.say("Identity, the content of identity.txt", "Identität, der Inhalt von identity.txt")
        }
    };
    if let KitSecret::Identity { recipient: Some(recipient), .. } = secret {
        let fingerprint = recipient.fingerprint();
        label += &words
            .say(format!(" (of the recipient {fingerprint})"), format!(" (des Empfängers {fingerprint})"));
    }
    vec![Block::Warning(warning), Block::Secret(label, revealed(secret))]
}

fn revealed(secret: &KitSecret) -> Zeroizing<String> {
    match secret {
        KitSecret::MasterKey(key) => key.to_base64(),
        KitSecret::Identity { identity, .. } => Zeroizing::new(identity.reveal().to_owned()),
    }
}

/// What the QR code holds, and what is said below it.
fn code(words: Words, facts: &KitFacts) -> (Zeroizing<String>, String) {
    match (&facts.secret, &facts.key) {
        (Some(secret @ KitSecret::MasterKey(_)), _) => (
            revealed(secret),
            words.say("The code holds the master key.", "Der Code enthält den Hauptschlüssel."),
        ),
        (Some(secret @ KitSecret::Identity { .. }), _) => {
            (revealed(secret), words.say("The code holds the identity.", "Der Code enthält die Identität."))
        }
        (None, key) => (
            Zeroizing::new(fingerprint_text(key.as_ref().map(|(fingerprint, _)| fingerprint))),
            words.say(
                "The code holds the fingerprint, no secret.",
                "Der Code enthält den Fingerabdruck, kein Geheimnis.",
            ),
        ),
    }
}

fn fingerprint_text(key: Option<&KeyFingerprint>) -> String {
    match key {
        Some(fingerprint) => format!("openccu-loom master key {fingerprint}"),
        None => "openccu-loom without a master key".to_owned(),
    }
}

/// A name of somebody else's making without what a printer or a picture would act on.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}
