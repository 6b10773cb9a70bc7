# Short names for commands. No logic here: what is worth checking lives in tests or in `.ci/run`.

# Everything but the slow tests.
test:
    cargo test --workspace --locked

# What the compiler and clippy have to say.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The documentation of the crates.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# A backup and a restore of a sample state, in a temporary folder.
demo:
    cargo run --release -- demo

# A simulated central, until Ctrl-C; `just sim-ccu --help` tells what it can do.
sim-ccu *ARGS:
    cargo run -p loom-sim-ccu -- {{ARGS}}

# All checks, as on a fresh machine.
ci:
    .ci/run

# Backup side by side with gzip and sqlite3, on a state of so many MiB.
bench-backup SIZE_MIB="1024":
    cargo run --release -p loom-bench -- backup {{SIZE_MIB}}

# tar.zst side by side with sqlite3, tar and zstd, on states of so many MiB.
bench-formats SIZE_MIB="920":
    cargo build --release -p loom-cli
    cargo run --release -p loom-bench -- formats {{SIZE_MIB}}

# What sealing costs on a state of so many MiB, and how fast the ciphers are beside those of openssl.
bench-sealing SIZE_MIB="1024":
    cargo build --release -p loom-cli
    cargo run --release -p loom-bench -- sealing {{SIZE_MIB}}

# What a rotation of the master key takes on a state of so many sealed values.
bench-rotate VALUES="100000":
    cargo build --release -p loom-cli
    cargo run --release -p loom-bench -- rotate {{VALUES}}

# The daemon's HTTP API under load, with nginx for scale.
bench-http:
    cargo build --release -p loom-cli
    cargo run --release -p loom-bench -- http

# Simulated centrals: the cache of their devices, a backup of 1 GiB, fifty backups at once.
bench-ccu:
    cargo build --release -p loom-cli
    PATH="{{justfile_directory()}}/target/tools/python/bin:$PATH" cargo run --release -p loom-bench -- ccu

# Feed a reader of foreign bytes with what nobody would send: xml_rpc, bin_rpc, json or sbk.
fuzz TARGET SECS="60":
    tests/fuzz/run {{TARGET}} {{SECS}}
