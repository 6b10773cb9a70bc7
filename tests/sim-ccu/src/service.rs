//! What is spoken on a port, and who answers. Does NOT open ports.

use crate::browse;
use crate::ccu::Ccu;
use crate::devices::Interface;
use crate::http::{Request, Response, Stream, Wire, serve_http};
use crate::rpc;
use std::sync::Arc;

/// One service of a central.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Web { encrypted: bool },
    Interface(Interface),
}

impl Service {
    /// The plain web port.
    pub(crate) const WEB: Self = Self::Web { encrypted: false };

    /// Serves a connection until its end.
    pub(crate) async fn serve<S: Stream>(self, ccu: Arc<Ccu>, stream: S) {
        let mut wire = Wire::new(stream);
        let Self::Interface(interface) = self else { return serve_http(&mut wire, &ccu, self).await };
        if !matches!(wire.has(3).await, Ok(true)) {
            return;
        }
        let binary = wire.unread().starts_with(b"Bin");
        match (binary, interface) {
            (true, Interface::CuxD) => rpc::serve_binary(&mut wire, &ccu, interface).await,
            (true, Interface::BidCosRf) if ccu.config.bin_rpc_on_bidcos => {
                rpc::serve_binary(&mut wire, &ccu, interface).await;
            }
            // The web server in front waits for a request it understands.
            (true, _) => wire.ignore().await,
            (false, Interface::CuxD) => wire.close().await,
            (false, _) => serve_http(&mut wire, &ccu, self).await,
        }
    }

    /// Answers one HTTP request.
    pub(crate) async fn answer(self, ccu: &Arc<Ccu>, request: Request) -> Response {
        match self {
            Self::Web { encrypted } => browse::answer(ccu, request, encrypted).await,
            Self::Interface(interface) => rpc::answer_xml(ccu, interface, &request),
        }
    }

    /// What its requests are counted under.
    pub(crate) fn lane(self) -> &'static str {
        match self {
            Self::Web { .. } => "web",
            Self::Interface(interface) => interface.name(),
        }
    }
}
