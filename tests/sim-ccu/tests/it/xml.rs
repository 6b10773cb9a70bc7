//! XML-RPC, called by Python's own client; and what no good client sends, by hand.

use crate::browser::client;
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Runs lines of Python with `ccu` as the server; what they print comes back.
async fn python(sim: &Sim, interface: Interface, login: &str, lines: &str) -> String {
    let address = sim.rpc_addr(interface).unwrap();
    let script = format!(
        "import json, xmlrpc.client\n\
         ccu = xmlrpc.client.ServerProxy('http://{login}{address}{}', encoding='iso-8859-1')\n\
         def attempt(call, *args):\n\
         \x20   try: return call(*args)\n\
         \x20   except xmlrpc.client.Fault as fault: return fault.faultCode\n\
         \x20   except xmlrpc.client.ProtocolError as error: return 'HTTP %d' % error.errcode\n\
         {lines}",
        interface.path()
    );
    // The central lives on this thread, so Python runs on another.
    let running = move || Command::new("python3").args(["-X", "utf8", "-c", &script]).output().unwrap();
    let done = tokio::task::spawn_blocking(running).await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn python_lists_and_describes_every_device() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).devices_everywhere(6)).await.unwrap();
    for interface in Interface::XML {
        let lines = "devices = ccu.listDevices()\n\
            assert all(ccu.getDeviceDescription(d['ADDRESS']) == d for d in devices)\n\
            sets = [attempt(ccu.getParamsetDescription, d['ADDRESS'], key) for d in devices for key in d['PARAMSETS']]\n\
            print(len([d for d in devices if d['PARENT'] == '']), len(sets), sum(s == -3 for s in sets), sum(s == {} for s in sets))";
        let printed = python(&sim, interface, "", lines).await;
        let numbers: Vec<u32> = printed.split(' ').map(|number| number.parse().unwrap()).collect();
        let [devices, sets, missing, empty] = numbers[..] else { panic!("{printed}") };
        assert_eq!(devices, 6);
        assert!(sets > 12 && empty > 0, "{printed}");
        assert_eq!(missing > 0, interface != Interface::VirtualDevices, "{printed}");
        assert_eq!(sim.observed().rpc(interface, "listDevices"), 1);
    }
    assert_eq!(sim.observed().violations, Vec::<String>::new());
}

#[tokio::test]
async fn python_sees_types_umlauts_and_faults() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let lines = "set = ccu.getParamsetDescription('000A0100000001:1', 'VALUES')\n\
        print(json.dumps([set['SET_POINT_TEMPERATURE']['UNIT'], set['SET_POINT_TEMPERATURE']['MAX'], set['WINDOW_STATE']['DEFAULT'],\n\
        attempt(ccu.getDeviceDescription, 'X'), attempt(ccu.nothing), ccu.ping('me'), 'ping' in ccu.system.listMethods()]))";
    let printed = python(&sim, Interface::HmIpRf, "", lines).await;
    assert_eq!(printed, "[\"\\u00b0C\", 30.5, \"CLOSED\", -2, -1, true, true]");
    let lines = "call = xmlrpc.client.MultiCall(ccu)\ncall.getVersion()\ncall.getDeviceDescription('X')\nanswers = call()\n\
        print(answers[0], attempt(lambda: answers[1]), ccu.listBidcosInterfaces()[0]['DUTY_CYCLE'])";
    assert_eq!(python(&sim, Interface::BidCosRf, "", lines).await, "3.87.6 -2 3");
}

#[tokio::test]
async fn basic_authentication_is_asked_for() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).rpc_auth()).await.unwrap();
    let lines = "print(attempt(ccu.getVersion))";
    assert_eq!(python(&sim, Interface::BidCosRf, "", lines).await, "HTTP 401");
    assert_eq!(python(&sim, Interface::BidCosRf, "Admin:wrong@", lines).await, "HTTP 401");
    assert_eq!(python(&sim, Interface::BidCosRf, "Admin:secret@", lines).await, "3.87.6");
    sim.inject_once(Fault::RpcUnauthorized);
    let twice = "print(attempt(ccu.getVersion), attempt(ccu.getVersion))";
    assert_eq!(python(&sim, Interface::BidCosRf, "Admin:secret@", twice).await, "HTTP 401 3.87.6");
}

#[tokio::test]
async fn lists_can_be_empty_short_or_not_ready() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let count = "print(attempt(lambda: len([d for d in ccu.listDevices() if not d['PARENT']])))";
    let counted = async || python(&sim, Interface::BidCosRf, "", count).await;
    sim.inject_once(Fault::EmptyDeviceList);
    assert_eq!(counted().await, "0");
    sim.inject_once(Fault::ShortDeviceList(3));
    assert_eq!(counted().await, "3");
    sim.inject_once(Fault::ManyDevices(1234));
    assert_eq!(counted().await, "1234");
    sim.inject_once(Fault::RpcBooting503);
    assert_eq!(counted().await, "HTTP 503");
    assert_eq!(counted().await, "10");
}

async fn by_hand(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await.unwrap();
    answer[..count].iter().map(|byte| char::from(*byte)).collect()
}

#[tokio::test]
async fn what_the_firmware_does_not_bear_is_refused_and_written_down() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let address = sim.rpc_addr(Interface::BidCosRf).unwrap();
    let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(by_hand(address, chunked).await.starts_with("HTTP/1.1 411"));
    assert!(by_hand(address, "POST / HTTP/1.1\r\nHost: x\r\n\r\n").await.starts_with("HTTP/1.1 411"));
    let body = "<methodCall><!-- x --><methodName>getVersion</methodName></methodCall>";
    let comment = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert!(by_hand(address, &comment).await.starts_with("HTTP/1.1 200"));
    let violations = sim.observed().violations;
    assert_eq!(violations.len(), 3, "{violations:?}");
    assert!(violations[0].contains("chunked") && violations[2].contains("comments"));
}

#[tokio::test]
async fn a_connection_carries_fifty_requests() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let mut stream = TcpStream::connect(sim.web_addr()).await.unwrap();
    let request = "GET /api/backup/version.cgi HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.repeat(51).as_bytes()).await.unwrap();
    let mut answers = String::new();
    let _reset = stream.read_to_string(&mut answers).await;
    assert_eq!(sim.observed().page("GET version.cgi"), 50);
}

#[tokio::test]
async fn silent_ports_drop_packets_and_come_back() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    sim.inject(Fault::RpcPortsSilent);
    let address = sim.rpc_addr(Interface::BidCosRf).unwrap();
    // The queue is full a moment after the fault is on.
    let hangs = async || {
        let connecting = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address));
        connecting.await.is_err()
    };
    let mut held = Vec::new();
    while !hangs().await {
        held.push(());
        assert!(held.len() < 100);
    }
    assert!(client().get(sim.web_url()).send().await.unwrap().status().is_success());
    sim.heal();
    while hangs().await {}
}
