//! Every sheet in every language and format. Does NOT run the commands on it: a test of the binary does.

use super::qr::Squares;
use super::*;
use loom_domain::secret::Wrapper;

const IDENTITY: &str = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
const RECIPIENT: &str = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

fn key() -> MasterKey {
    MasterKey::from_base64("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=").unwrap()
}

fn facts(secret: Option<KitSecret>) -> KitFacts {
    KitFacts {
        host: Some("kü<che&1".to_owned()),
        data_dir: "/var/lib/open ccu".to_owned(),
        made_on: jiff::civil::date(2026, 6, 8),
        key: Some((key().fingerprint(), KeySource::File("/var/lib/open ccu/secret.key".to_owned()))),
        tried: Ok(None),
        sealed_for: SealedFor::Recipients(vec![Recipient::parse(RECIPIENT).unwrap()]),
        seal_unknown: None,
        secret,
    }
}

fn identity() -> KitSecret {
    let recipient = Recipient::parse(RECIPIENT);
    KitSecret::Identity { identity: Identity::parse(IDENTITY).unwrap(), recipient }
}

/// What a reader of the format finds; a PDF is read by its strings.
fn read(sheet: &[u8], format: KitFormat) -> String {
    match format {
        KitFormat::Text | KitFormat::Svg => String::from_utf8(sheet.to_vec()).unwrap(),
        KitFormat::Pdf => sheet.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn every_sheet(secret: impl Fn() -> Option<KitSecret>) -> Vec<(KitLanguage, KitFormat, String)> {
    let all =
        KitLanguage::ALL.into_iter().flat_map(|language| KitFormat::ALL.map(|format| (language, format)));
    all.map(|(language, format)| {
        let sheet = render(&facts(secret()), language, format);
        (language, format, read(&sheet, format))
    })
    .collect()
}

/// A word as a format writes it.
fn written(word: &str, format: KitFormat) -> String {
    let is_ascii = word.is_ascii();
    match format {
        KitFormat::Pdf if !is_ascii => {
            word.chars().map(|letter| format!("{:02X}", u32::from(letter))).collect()
        }
        _ => word.to_owned(),
    }
}

#[test]
fn every_sheet_tells_machine_key_recipient_and_commands() {
    for (language, format, sheet) in every_sheet(|| None) {
        let fingerprint = key().fingerprint().to_string();
        for wanted in
            [fingerprint.as_str(), RECIPIENT, "tar -xzf ARCHIVE", "2026-06-08", "import base64, struct, sys"]
        {
            assert!(sheet.contains(wanted), "{language:?} {format:?}: `{wanted}` is missing");
        }
        let command = "--data-dir '/var/lib/open ccu' ";
        assert!(sheet.contains(command), "{language:?} {format:?}: `{command}` is missing");
    }
}

#[test]
fn a_sheet_speaks_its_language_with_umlauts() {
    for (language, format, sheet) in every_sheet(|| None) {
        let (own, other) = match language {
            KitLanguage::English => ("Emergency sheet", "Notfallblatt"),
            KitLanguage::German => ("Notfallblatt", "Emergency sheet"),
        };
        // A string of a PDF with umlauts is written in hex.
        let hex = |word: &str| word.bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
        let holds = |word: &str| sheet.contains(word) || sheet.to_uppercase().contains(&hex(word));
        assert!(holds(own) && !holds(other), "{language:?} {format:?}");
        let umlauts = sheet.to_uppercase().contains(&written("Hauptschlüssel", format).to_uppercase());
        assert_eq!(umlauts, language == KitLanguage::German, "{language:?} {format:?}");
    }
}

#[test]
fn no_sheet_holds_a_secret_that_was_not_asked_for() {
    for (language, format, sheet) in every_sheet(|| None) {
        assert!(!sheet.contains(key().to_base64().as_str()), "{language:?} {format:?}");
        assert!(!sheet.contains("AGE-SECRET-KEY-1Q"), "{language:?} {format:?}");
    }
}

#[test]
fn a_secret_that_was_asked_for_is_there_with_a_warning() {
    let master_key = || Some(KitSecret::MasterKey(key()));
    for (language, format, sheet) in every_sheet(master_key) {
        assert!(sheet.contains(key().to_base64().as_str()), "{language:?} {format:?}");
        assert!(!sheet.contains(IDENTITY), "{language:?} {format:?}");
        let warning = match language {
            KitLanguage::English => "holds a secret",
            KitLanguage::German => "ein Geheimnis",
        };
        let hex: String = warning.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(sheet.contains(warning) || sheet.to_uppercase().contains(&hex), "{language:?} {format:?}");
    }
    for (language, format, sheet) in every_sheet(|| Some(identity())) {
        assert!(sheet.contains(IDENTITY), "{language:?} {format:?}");
        assert!(!sheet.contains(key().to_base64().as_str()), "{language:?} {format:?}");
    }
}

#[test]
fn a_picture_is_well_formed_whatever_names_hold() {
    let sheet = render(&facts(None), KitLanguage::English, KitFormat::Svg);
    let sheet = read(&sheet, KitFormat::Svg);
    assert!(sheet.contains("kü&lt;che&amp;1"));
    let odd = KitFacts { host: Some("a\u{0}\u{1b}]0;x\nb".to_owned()), ..facts(None) };
    let odd = read(&render(&odd, KitLanguage::English, KitFormat::Svg), KitFormat::Svg);
    assert!(odd.contains("a??]0;x?b") && !odd.contains(['\0', '\u{1b}']));
}

#[test]
fn a_sheet_tells_whether_archives_hold_the_key() {
    let source = |source| KitFacts { key: Some((key().fingerprint(), source)), ..facts(None) };
    let told = |facts: &KitFacts| {
        let sheet = render(facts, KitLanguage::English, KitFormat::Text);
        read(&sheet, KitFormat::Text).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(told(&facts(None)).contains("Archives hold it as state/secret.key"));
    let environment = KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned());
    assert!(told(&source(environment)).contains("No archive holds it"));
    let wrapped = KeySource::Wrapped {
        wrapper: Wrapper::Kms,
        path: "secret.key.kms".to_owned(),
        wrapping_key: "alias/loom".to_owned(),
    };
    let wrapped = told(&source(wrapped));
    assert!(
        wrapped.contains("wrapped by the kms key alias/loom") && wrapped.contains("state/secret.key.kms")
    );
    let none = told(&KitFacts { key: None, ..facts(None) });
    assert!(none.contains("none found"));
}

#[test]
fn a_sheet_for_paper_has_two_pages_also_with_a_secret_and_five_recipients() {
    for with_secret in [false, true] {
        for language in KitLanguage::ALL {
            let sealed_for = SealedFor::Recipients(vec![Recipient::parse(RECIPIENT).unwrap(); 5]);
            let facts = KitFacts { sealed_for, ..facts(with_secret.then(identity)) };
            assert_eq!(layout::pages(&content::sheet(&facts, language)).len(), 2, "{language:?}");
        }
    }
}

#[test]
fn nothing_is_drawn_outside_of_a_page() {
    let facts = KitFacts { data_dir: "/long".repeat(60), host: None, ..facts(None) };
    for language in KitLanguage::ALL {
        for mark in layout::pages(&content::sheet(&facts, language)).iter().flatten() {
            let (x, y, right) = match mark {
                layout::Mark::Text { x, y, size, face, text } => {
                    (*x, *y, x + widths::width(text, *face, *size))
                }
                layout::Mark::Rule { x, y, length } => (*x, *y, x + length),
                layout::Mark::Square { x, y, width, height } => (*x, y + height, x + width),
            };
            assert!(x >= 40.0 && right <= 556.0 && (40.0..=810.0).contains(&y), "{x} {y} {right}");
        }
    }
}

/// Read by an independent reader when it was written down.
#[test]
fn a_code_is_the_one_that_was_read_once() {
    let squares = Squares::of("openccu-loom master key 0123456789abcdef").unwrap();
    let row = |row: usize| {
        (0..squares.width)
            .map(|column| if squares.is_dark(row, column) { '#' } else { '.' })
            .collect::<String>()
    };
    let rows: Vec<String> = (0..squares.width).map(row).collect();
    assert_eq!(rows, include_str!("code.txt").lines().collect::<Vec<_>>());
}
