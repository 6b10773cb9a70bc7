//! Rebuilds the crate when a migration is added or changed: the macro that embeds them cannot say so itself.

fn main() {
    // Not printing: this is how a build script speaks to cargo.
    #[expect(clippy::print_stdout, reason = "cargo reads instructions from standard output")]
    {
        println!("cargo:rerun-if-changed=migrations");
    }
}
