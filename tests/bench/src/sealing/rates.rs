//! How many MiB a second our ciphers seal on one core, beside those of openssl and the program `age`.
//!
//! Does NOT touch the disk but for the program `age`, which reads a file.

use crate::Outcome;
use crate::table::Table;
use crate::tools::program;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use loom_adapter_archive::format::age_writer::AgeSeal;
use loom_adapter_archive::format::sealed_writer::SealedWriter;
use loom_adapter_archive::{new_identity, recipient_of};
use loom_domain::archive::HintedKey;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Bytes sealed at once: the chunks of age and of our own container.
const CHUNK: usize = 64 << 10;
const TIME: Duration = Duration::from_secs(1);
/// MiB that the program `age` gets.
const FILE_MIB: u32 = 512;

pub(super) fn measure(table: &mut Table, place: &Path) -> Outcome<()> {
    let chacha = sealing::<ChaCha20Poly1305>()?;
    table.row("ChaCha20-Poly1305, 64 KiB at once", per_second(chacha), openssl("chacha20-poly1305")?);
    let aes = sealing::<Aes256Gcm>()?;
    table.row("AES-256-GCM, 64 KiB at once", per_second(aes), openssl("aes-256-gcm")?);
    table.row("an age file for a recipient", per_second(age()?), age_program(place)?);
    table.row("a container for the master key", per_second(container()?), "");
    Ok(())
}

/// MiB a second of a cipher.
fn sealing<C: KeyInit + AeadInOut>() -> Outcome<f64> {
    let cipher = C::new(&Default::default());
    let mut buffer = Vec::with_capacity(CHUNK + 16);
    timed(|| {
        buffer.resize(CHUNK, 0);
        buffer.truncate(CHUNK);
        let sealed = cipher.encrypt_in_place(&Default::default(), b"", &mut buffer);
        sealed.map_err(|_| "a chunk cannot be sealed".into())
    })
}

fn age() -> Outcome<f64> {
    let recipient = new_identity().as_ref().and_then(recipient_of).ok_or("no randomness for an identity")?;
    let mut writer = AgeSeal::for_recipients(&[recipient], HintedKey::NoKey)?.wrap(io::sink())?;
    let rate = timed(|| Ok(writer.write_all(&[0; CHUNK])?))?;
    writer.finish()?;
    Ok(rate)
}

fn container() -> Outcome<f64> {
    let mut writer = SealedWriter::new(io::sink(), &[7; 32])?;
    let rate = timed(|| Ok(writer.write_all(&[0; CHUNK])?))?;
    writer.finish()?;
    Ok(rate)
}

/// Runs `work`, which handles one chunk, for a second.
fn timed(mut work: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let started = Instant::now();
    let mut chunks = 0;
    while started.elapsed() < TIME {
        for _ in 0..16 {
            work()?;
        }
        chunks += 16;
    }
    // Sixteen chunks are a MiB.
    Ok(f64::from(chunks) / 16.0 / started.elapsed().as_secs_f64())
}

/// The rate that openssl tells of itself.
fn openssl(cipher: &str) -> Outcome<String> {
    let mut command = program("openssl");
    command.args(["speed", "-seconds", "1", "-bytes", "65536", "-evp", cipher]);
    let output = command.stderr(Stdio::null()).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    // The last line ends with thousands of bytes a second, such as `1234567.89k`.
    let rate = told.split_whitespace().last().and_then(|word| word.strip_suffix('k')?.parse::<f64>().ok());
    let rate = rate.ok_or_else(|| format!("`openssl speed` told no rate: {told}"))?;
    Ok(format!("openssl {}", per_second(rate * 1000.0 / f64::from(1 << 20))))
}

/// The rate of the program `age` from a file to nowhere, if it is installed.
fn age_program(place: &Path) -> Outcome<String> {
    let recipient = new_identity().as_ref().and_then(recipient_of).ok_or("no randomness for an identity")?;
    let plain = place.join("plain");
    fs::write(&plain, vec![0; (FILE_MIB as usize) << 20])?;
    let started = Instant::now();
    let mut command = program("age");
    command.args(["-r", recipient.as_str()]).arg(&plain).stdout(Stdio::null());
    match command.status() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok("`age` is not installed".to_owned()),
        Ok(ended) if ended.success() => {
            let rate = f64::from(FILE_MIB) / started.elapsed().as_secs_f64();
            Ok(format!("the program `age` {}", per_second(rate)))
        }
        other => Err(format!("`age` failed: {other:?}").into()),
    }
}

fn per_second(mebibytes: f64) -> String {
    format!("{mebibytes:.0} MiB/s")
}
