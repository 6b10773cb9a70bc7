//! Headers written by hand, honest and hostile. Does NOT open anything.

use super::*;
use loom_domain::secret::Wrapper;

const BODY: &str = "hjabGXwSLQ9c3S6Lw2i+S2Tu2fiwQHHslbBN6B41FLE";
const END: &str = "--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNg\n";

fn header(stanzas: &[&str]) -> String {
    let stanzas: String = stanzas.iter().map(|stanza| format!("-> {stanza}\n{BODY}\n")).collect();
    format!("age-encryption.org/v1\n{stanzas}{END}")
}

fn lock(text: &str) -> ArchiveLock {
    AgeHeader::read(&mut text.as_bytes()).unwrap().lock()
}

fn damage(text: &[u8]) -> AgeDamage {
    let mut rest = text;
    *AgeHeader::read(&mut rest).unwrap_err().get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn it_is_read_to_its_last_byte_and_not_further() {
    let text = header(&["X25519 AAAA"]);
    let with_more = [text.as_bytes(), b"nonce and chunks"].concat();
    let mut rest = with_more.as_slice();
    assert_eq!(AgeHeader::read(&mut rest).unwrap().text(), text.as_bytes());
    assert_eq!(rest, b"nonce and chunks");
}

#[test]
fn it_tells_who_could_open_the_file() {
    let nobody_told = |kinds: &[&str]| ArchiveLock::Recipients {
        kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(),
        hint: LockHint::default(),
    };
    assert_eq!(lock(&header(&["scrypt c2FsdA 18"])), ArchiveLock::Passphrase);
    assert_eq!(lock(&header(&["X25519 AAAA", "ssh-rsa mhir0Q"])), nobody_told(&["X25519", "ssh-rsa"]));
    assert_eq!(lock(&header(&["X25519 AAAA", "aB3-grease x y"])), nobody_told(&["X25519"]));
}

#[test]
fn the_hint_tells_the_names_of_keys() {
    let hint = LockHint {
        master_key: HintedKey::NoKey,
        recipients: vec!["00112233445566aa".to_owned(), "ffeeddccbbaa9988".to_owned()],
    };
    let fingerprint = KeyFingerprint::parse("0123456789abcdef").unwrap();
    let key = |place| HintedKey::Key { fingerprint: fingerprint.clone(), place };
    for (master_key, word) in [
        (HintedKey::NoKey, "master=-"),
        (HintedKey::Untold, "master=?"),
        (key(KeyPlace::Inside), "master=0123456789abcdef"),
        (key(KeyPlace::Wrapped(Wrapper::Kms)), "master-kms=0123456789abcdef"),
        (key(KeyPlace::Wrapped(Wrapper::Pkcs11)), "master-pkcs11=0123456789abcdef"),
        (key(KeyPlace::Outside), "master-outside=0123456789abcdef"),
    ] {
        let hint = LockHint { master_key, ..hint.clone() };
        let words = hint_words(&hint);
        assert_eq!(words[0], word);
        let told =
            lock(&header(&[&format!("{HINT_KIND} {}", words.join(" ")), "X25519 AAAA", "X25519 BBBB"]));
        let kinds = vec!["X25519".to_owned(); 2];
        assert_eq!(told, ArchiveLock::Recipients { kinds, hint });
    }
}

#[test]
fn a_hint_that_is_not_as_it_is_written_tells_nothing() {
    for words in [
        "",
        "master=",
        "master=xyz",
        "master=??",
        "master-outside=?",
        "master0123456789abcdef",
        "master-inside=0123456789abcdef",
        "master-elsewhere=0123456789abcdef",
        "master-=0123456789abcdef",
        "master-outside=-",
        "masteroutside=0123456789abcdef",
        "master=- 0123",
        "- 00112233445566aa",
        "master=- 00112233445566AA",
        "master=- \u{1b}[2J0011223344",
    ] {
        let text = header(&[&format!("{HINT_KIND} {words}"), "X25519 AAAA"]);
        match AgeHeader::read(&mut text.as_bytes()) {
            Ok(header) => assert_eq!(header.hint(), LockHint::default(), "{words}"),
            Err(_) => assert!(words.contains('\u{1b}'), "{words}"),
        }
    }
}

#[test]
fn a_header_that_was_cut_is_told_as_such() {
    let text = header(&["X25519 AAAA"]);
    for len in 0..text.len() {
        assert_eq!(damage(&text.as_bytes()[..len]), AgeDamage::HeaderCut, "{len}");
    }
}

#[test]
fn no_header_takes_much_memory_or_time() {
    let endless_line = format!("age-encryption.org/v1\n-> {}", "x".repeat(200_000));
    assert_eq!(damage(endless_line.as_bytes()), AgeDamage::HeaderTooLarge);
    let full_line = format!("{}\n", "A".repeat(BODY_LINE));
    let endless_lines = format!("age-encryption.org/v1\n-> X25519 A\n{}", full_line.repeat(4_000));
    assert_eq!(damage(endless_lines.as_bytes()), AgeDamage::HeaderTooLarge);
    assert_eq!(damage(header(&["a"; STANZAS_MAX + 1]).as_bytes()), AgeDamage::HeaderTooLarge);
    AgeHeader::read(&mut header(&["X25519 A"; STANZAS_MAX]).as_bytes()).unwrap();
}

#[test]
fn a_header_without_a_stanza_in_front_is_none() {
    for text in [header(&[]), header(&["X25519 AAAA"]).replace("-> ", "-? ")] {
        assert_eq!(damage(text.as_bytes()), AgeDamage::Header, "{text}");
    }
}

#[test]
fn what_could_play_with_a_terminal_is_refused() {
    for kind in ["\u{1b}[31mX25519", "X\tY", "schlüssel", "a\rb"] {
        assert_eq!(damage(header(&[kind]).as_bytes()), AgeDamage::Header, "{kind:?}");
    }
    let long = "x".repeat(5_000);
    let ArchiveLock::Recipients { kinds, .. } = lock(&header(&[&long])) else { panic!("recipients") };
    assert_eq!(kinds, ["x".repeat(KIND_MAX)]);
}
