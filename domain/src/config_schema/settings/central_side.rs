//! Settings of the way to and from the centrals, the same for all of them. Does NOT hold those of one (`central`).

use super::PORT;
use crate::config_schema::field::Field;

pub(super) const FIELDS: &[Field] = &[
    Field::text("callback.host", "0.0.0.0", "Address on which events of centrals are awaited.")
        .restart()
        .variable("OPENCCU_LOOM_CALLBACK_HOST")
        .idle(),
    Field::text("callback.public_host", "", "Address that centrals send to, where it is another one.")
        .restart()
        .variable("OPENCCU_LOOM_CALLBACK_PUBLIC_HOST")
        .idle(),
    Field::whole("callback.port", PORT, 8120, "Port for XML-RPC. 0: any free one.")
        .restart()
        .variable("OPENCCU_LOOM_CALLBACK_PORT")
        .idle(),
    Field::whole("callback.bin_port", PORT, 8129, "Port for BIN-RPC. 0: any free one.")
        .restart()
        .variable("OPENCCU_LOOM_CALLBACK_BIN_PORT")
        .idle(),
    Field::text("callback.port_range", "", "Ports to choose from, such as `30000-30099`.").restart().idle(),
    Field::text("ccu_data.translations_path", "", "File of texts for devices and parameters.")
        .restart()
        .idle(),
    Field::text("ccu_data.easymode_path", "", "File of simplified forms.").restart().idle(),
    Field::duration(
        "reliability.command_retry_initial_delay",
        "0s",
        "Pause before a command is tried again.",
    )
    .restart()
    .idle(),
    Field::duration("reliability.command_throttle_inter_command_delay", "0s", "Pause between two commands.")
        .restart()
        .idle(),
];
