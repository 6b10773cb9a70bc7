//! Remote procedure calls on interfaces, whichever way they travel. Does NOT listen; ports do.

mod binary;
mod binary_server;
mod methods;
mod xml;
mod xml_server;

pub(crate) use binary_server::serve as serve_binary;
pub(crate) use methods::{Fault as RpcFault, call, is_up};
pub(crate) use xml_server::answer as answer_xml;
