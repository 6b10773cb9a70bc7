//! nginx as a Debian has it, over one folder of files, on a port of its own.
//!
//! Does NOT read or write the system's configuration of it.

use crate::Outcome;
use crate::daemon::Process;
use crate::tools::program;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

const STARTED_WITHIN: Duration = Duration::from_secs(10);

/// A running nginx; stopped when dropped.
pub(super) struct Nginx {
    _process: Process,
    address: SocketAddr,
}

impl Nginx {
    /// Serves the files of `root`; what it writes goes to `folder`.
    pub(super) fn start(folder: &Path, root: &Path) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, words(folder, root, address))?;
        let mut command = program("nginx");
        command.args(["-e", "stderr", "-c"]).arg(configuration);
        let mut process = Process(command.spawn()?);
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(ended) = process.0.try_wait()? {
                return Err(format!("nginx ended with {ended}").into());
            }
            if began.elapsed() > STARTED_WITHIN {
                return Err("nginx does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { _process: process, address })
    }

    pub(super) fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }
}

fn words(folder: &Path, root: &Path, address: SocketAddr) -> String {
    // Workers of a master with all rights would go on as somebody who may not enter a temporary folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let (folder, root) = (folder.display(), root.display());
    format!(
        "{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes auto;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    server {{ listen {address}; root {root}; }}
}}
"
    )
}
