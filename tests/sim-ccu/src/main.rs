//! `sim-ccu`: a simulated central by hand, until Ctrl-C. Does NOT do anything the library cannot.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command")]

mod args;

use args::Wish;
use loom_sim_ccu::{Interface, Sim};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let wish = match args::parse(std::env::args().skip(1)) {
        Ok(Some(wish)) => wish,
        Ok(None) => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("error: {mistake}");
            return ExitCode::from(2);
        }
    };
    match run(wish).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: failed to start the simulated central: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(wish: Wish) -> std::io::Result<()> {
    let admin = wish.config.users.first().cloned();
    let flavour = wish.config.flavour;
    let sim = Sim::start(wish.config).await?;
    println!("simulated central ({flavour:?}) `{}`", sim.hostname());
    if let Some(admin) = admin {
        println!("user {} password {}", admin.name, admin.password);
    }
    println!("web {}", sim.web_url());
    for (interface, address) in sim.rpc_addrs() {
        match interface {
            Interface::CuxD => println!("{} binary://{address}", interface.name()),
            _ => println!("{} http://{address}{}", interface.name(), interface.path()),
        }
    }
    #[cfg(feature = "tls")]
    print_encrypted(&sim);
    for fault in wish.faults {
        println!("fault {fault:?}");
        sim.inject(fault);
    }
    // Whoever reads `ready` may interrupt at once.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    println!("ready");
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(feature = "tls")]
fn print_encrypted(sim: &Sim) {
    let (Some(web), Some(fingerprint)) = (sim.web_tls_addr(), sim.tls_fingerprint()) else { return };
    println!("web https://{web}");
    for interface in Interface::XML {
        if let Some(address) = sim.rpc_tls_addr(interface) {
            println!("{} https://{address}{}", interface.name(), interface.path());
        }
    }
    println!("certificate sha256 {fingerprint}");
}
