//! XML-RPC against a server nobody here wrote: the one of Python's standard library.

use crate::bed::{access, config, gateway};
use loom_domain::ports::{CcuError, ParamsetAnswer};
use loom_sim_ccu::Sim;
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const SERVER: &str = r#"
import sys, datetime
from xmlrpc.server import SimpleXMLRPCServer
from xmlrpc.client import Binary, Fault
server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True)
def listDevices():
    return [{"ADDRESS": "ABC0000001", "TYPE": "Küche & <Bad>", "PARENT": "", "PARAMSETS": ["MASTER"], "VERSION": 7,
             "UPDATABLE": True, "RATIO": 2.0, "NONE": None, "BLOB": Binary(b"\x01\x02\x03"), "CHILDREN": ["ABC0000001:1"],
             "WHEN": datetime.datetime(2026, 1, 2, 3, 4, 5), "NESTED": {"A": [[], {}, -1.5e-7]}}]
def getParamsetDescription(address, key):
    if address != "ABC0000001":
        raise Fault(-2, "Unknown instance")
    return {"echo": [address, key]}
server.register_function(listDevices)
server.register_function(getParamsetDescription)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

struct Python(Child, u16);

impl Python {
    fn start() -> Self {
        let mut child = Command::new("python3").args(["-c", SERVER]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().parse().unwrap())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_server_of_another_maker_is_understood() {
    let python = Python::start();
    let sim = Sim::start(config()).await.unwrap();
    let mut access = access(&sim);
    access.ports.insert("Python".to_owned(), python.1);
    let gateway = gateway(access);
    let devices = gateway.list_ccu_devices("Python").await.unwrap().devices;
    let wanted = json!({
        "ADDRESS": "ABC0000001", "TYPE": "Küche & <Bad>", "PARENT": "", "PARAMSETS": ["MASTER"], "VERSION": 7,
        "UPDATABLE": true, "RATIO": 2.0, "NONE": null, "BLOB": {"$base64": "AQID"}, "CHILDREN": ["ABC0000001:1"],
        "WHEN": {"$dateTime": "20260102T03:04:05"}, "NESTED": {"A": [[], {}, -1.5e-7]},
    });
    assert_eq!(devices[0].description.to_string(), wanted.to_string());
    let answer = gateway.describe_paramset("Python", "ABC0000001", "MÄSTER & <co>").await.unwrap();
    assert_eq!(answer, ParamsetAnswer::Described(json!({"echo": ["ABC0000001", "MÄSTER & <co>"]})));
    let error = gateway.describe_paramset("Python", "NOSUCH", "MASTER").await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
}
