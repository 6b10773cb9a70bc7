//! TLS, looked at by Python's library.

use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use std::process::Command;

async fn python(script: String) -> String {
    let running = move || Command::new("python3").args(["-c", &script]).output().unwrap();
    let done = tokio::task::spawn_blocking(running).await.unwrap();
    String::from_utf8(if done.status.success() { done.stdout } else { done.stderr })
        .unwrap()
        .trim()
        .to_owned()
}

#[tokio::test]
async fn the_certificate_has_the_fingerprint_and_is_no_ordinary_one() {
    let mut config = SimConfig::new(Flavour::OpenCcu);
    config.tls = true;
    let sim = Sim::start(config).await.unwrap();
    sim.inject(Fault::RedirectToHttps);
    let port = sim.web_tls_addr().unwrap().port();
    let script = format!(
        "import hashlib, ssl, urllib.request\n\
         pem = ssl.get_server_certificate(('127.0.0.1', {port}))\n\
         print(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest())\n\
         trusting = ssl._create_unverified_context()\n\
         print(urllib.request.urlopen('https://127.0.0.1:{port}/api/backup/version.cgi', context=trusting).read().decode())"
    );
    let printed = python(script).await;
    let (fingerprint, version) = printed.split_once('\n').unwrap();
    assert_eq!(Some(fingerprint), sim.tls_fingerprint());
    assert!(version.starts_with("VERSION=3.87.6.20260101\nPRODUCT=openccu"), "{version}");
    let port = sim.rpc_tls_addr(Interface::VirtualDevices).unwrap().port();
    let script = format!(
        "import ssl, xmlrpc.client\n\
         ccu = xmlrpc.client.ServerProxy('https://127.0.0.1:{port}/groups', context=ssl._create_unverified_context())\n\
         print(len(ccu.listDevices()))"
    );
    assert_eq!(python(script).await, "30");
}
