//! BIN-RPC, with frames written by hand.

use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A call whose parameters are texts.
fn frame(method: &str, params: &[&str]) -> Vec<u8> {
    let text = |text: &str| [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat();
    let mut payload = text(method);
    payload.extend_from_slice(&u32::try_from(params.len()).unwrap().to_be_bytes());
    for param in params {
        payload.extend_from_slice(&[&[0, 0, 0, 3][..], &text(param)].concat());
    }
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&b"Bin\0"[..], &length, &payload].concat()
}

/// The kind and the payload of the answer.
async fn exchange(stream: &mut TcpStream, frame: &[u8]) -> (u8, Vec<u8>) {
    stream.write_all(frame).await.unwrap();
    let mut head = [0; 8];
    stream.read_exact(&mut head).await.unwrap();
    let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.unwrap();
    (head[3], payload)
}

async fn is_silent(address: SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&frame("listDevices", &[])).await.unwrap();
    let mut byte = [0];
    tokio::time::timeout(Duration::from_millis(150), stream.read(&mut byte)).await.is_err()
}

#[tokio::test]
async fn cuxd_answers_call_after_call_on_one_connection() {
    let config = SimConfig::new(Flavour::OpenCcu).devices_of(Interface::CuxD, 2);
    let sim = Sim::start(config).await.unwrap();
    let mut stream = TcpStream::connect(sim.rpc_addr(Interface::CuxD).unwrap()).await.unwrap();
    let (kind, list) = exchange(&mut stream, &frame("listDevices", &["x"])).await;
    assert_eq!((kind, &list[..8]), (1, &[0, 0, 1, 0, 0, 0, 0, 4][..]));
    assert!(list.windows(13).any(|part| part == b"CUX280100001:"[..].split_at(13).0));
    let (kind, fault) = exchange(&mut stream, &frame("ping", &["x"])).await;
    assert_eq!((kind, &fault[..8]), (255, &[0, 0, 1, 1, 0, 0, 0, 2][..]));
    let (kind, set) =
        exchange(&mut stream, &frame("getParamsetDescription", &["CUX280100000:0", "VALUES"])).await;
    // ON_TIME may be 85825945.6 at the most.
    assert!(kind == 1 && set.windows(4).any(|exponent| exponent == [0, 0, 0, 27]));
    assert_eq!(sim.observed().rpc(Interface::CuxD, "ping"), 1);
}

#[tokio::test]
async fn a_ccu3_does_not_answer_binary_calls_and_a_ccu2_does() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    assert!(is_silent(sim.rpc_addr(Interface::BidCosRf).unwrap()).await);
    let mut config = SimConfig::new(Flavour::Stock);
    config.bin_rpc_on_bidcos = true;
    let sim = Sim::start(config).await.unwrap();
    let mut stream = TcpStream::connect(sim.rpc_addr(Interface::BidCosRf).unwrap()).await.unwrap();
    assert_eq!(exchange(&mut stream, &frame("ping", &["x"])).await, (1, vec![0, 0, 0, 2, 1]));
}

#[tokio::test]
async fn binary_answers_lie_or_stay_away_when_told() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).devices_of(Interface::CuxD, 1)).await.unwrap();
    let address = sim.rpc_addr(Interface::CuxD).unwrap();
    sim.inject_once(Fault::BinRpcSilent);
    assert!(is_silent(address).await);
    let mut stream = TcpStream::connect(address).await.unwrap();
    sim.inject_once(Fault::HugeBinCount);
    let answer = exchange(&mut stream, &frame("listDevices", &[])).await;
    assert_eq!(answer, (1, vec![0, 0, 1, 0, 255, 255, 255, 255]));
    sim.inject_once(Fault::DeepXml);
    assert_eq!(exchange(&mut stream, &frame("listDevices", &[])).await.1.len(), 800_000);
}
