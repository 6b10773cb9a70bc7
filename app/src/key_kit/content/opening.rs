//! How each kind of archive is opened: with standard tools, and with this program. Does NOT know this data dir's key.

use super::Words;
use super::{Block, plain};
use loom_domain::words::for_a_shell;

/// Opens a sealed container; typed off by whoever has nothing else.
const OPEN_OCLBAK: &str = include_str!("../open_oclbak.py");

/// What opens an archive of each ending. `ARCHIVE` stands for its name.
const COMMANDS: [(&str, &str, &str); 7] = [
    (".tar.gz", ".tar.gz", "tar -xzf ARCHIVE"),
    (".tar.zst", ".tar.zst", "tar --zstd -xf ARCHIVE"),
    (".zip", ".zip", "unzip ARCHIVE"),
    (
        ".tar.gz.age (passphrase: without -i identity.txt)",
        ".tar.gz.age (Passwort: ohne -i identity.txt)",
        "age -d -i identity.txt ARCHIVE | tar -xz",
    ),
    (".tar.zst.age", ".tar.zst.age", "age -d -i identity.txt ARCHIVE | tar --zstd -x"),
    (".zip.age", ".zip.age", "age -d -i identity.txt -o opened.zip ARCHIVE && unzip opened.zip"),
    (
        ".tar.gz.oclbak (program on the last page)",
        ".tar.gz.oclbak (Programm auf der letzten Seite)",
        "python3 open_oclbak.py secret.key ARCHIVE | tar -xz",
    ),
];

pub(super) fn with_standard_tools(words: Words) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading(words.say("Open an archive with standard tools", "Eine Sicherung mit üblichen Werkzeugen öffnen")),
        Block::Paragraph(words.say(
            "Work in an empty folder that nobody else can read. ARCHIVE stands for the file, whose ending tells the \
             command. identity.txt holds the line that begins with AGE-SECRET-KEY-1, secret.key the 44 characters of the master key.",
            "Arbeiten Sie in einem leeren Ordner, den niemand sonst lesen kann. Die Endung der Sicherung sagt, welcher \
             Befehl passt; ARCHIVE steht für ihren Namen. In identity.txt steht die Zeile, die mit AGE-SECRET-KEY-1 beginnt, in secret.key stehen die \
             44 Zeichen des Hauptschlüssels.",
        )),
    ];
    let commands = COMMANDS.into_iter();
    blocks
        .extend(commands.map(|(english, german, command)| {
            Block::Command(words.say(english, german), command.to_owned())
        }));
    blocks.push(Block::Paragraph(words.say(
        "Then state/ holds what has to lie in the data dir, and manifest.json the SHA-256 of every file. By hand: stop the \
         daemon, move the old data dir away, put the content of state/ in its place, start the daemon.",
        "Danach liegt in state/, was in das Datenverzeichnis gehört, und in manifest.json der SHA-256 jeder Datei. Von \
         Hand: den Dienst anhalten, das alte Datenverzeichnis beiseitelegen, den Inhalt von state/ an seine Stelle \
         legen, den Dienst starten.",
    )));
    blocks
}

pub(super) fn with_this_program(words: Words, data_dir: &str) -> Vec<Block> {
    vec![
        Block::Heading(words.say("Restore with this program", "Mit diesem Programm wiederherstellen")),
        Block::Paragraph(words.say(
            "Stop the daemon first. Give only the flag the archive needs: --identity identity.txt, --passphrase-file FILE, \
             --key-file secret.key, or none. If restore notes an install command, run it.",
            "Zuerst den Dienst anhalten. Nur die Option angeben, die die Sicherung braucht: --identity identity.txt, \
             --passphrase-file DATEI, --key-file secret.key oder keine. Nennt restore einen install-Befehl: ausführen.",
        )),
        Block::Command(
            words.say("Is it whole?", "Ist sie unbeschädigt?"),
            "openccu-loom backup verify --identity identity.txt ARCHIVE".to_owned(),
        ),
        Block::Command(
            words.say("Bring it back:", "Zurückholen:"),
            format!(
                "openccu-loom backup restore --data-dir {} --identity identity.txt ARCHIVE",
                for_a_shell(&plain(data_dir))
            ),
        ),
    ]
}

pub(super) fn program_for_sealed_containers(words: Words) -> Vec<Block> {
    vec![
        Block::Heading(words.say("open_oclbak.py", "open_oclbak.py")),
        Block::Paragraph(words.say(
            "Opens archives that are sealed with the master key (.oclbak). Needs Python 3 with the package cryptography \
             (Debian: python3-cryptography). The blanks at the beginning of lines belong to it.",
            "Öffnet Sicherungen, die mit dem Hauptschlüssel verschlüsselt sind (.oclbak). Benötigt Python 3 mit dem Paket \
             cryptography (Debian: python3-cryptography). Die Leerzeichen am Anfang der Zeilen gehören dazu.",
        )),
        Block::Program(OPEN_OCLBAK),
    ]
}
