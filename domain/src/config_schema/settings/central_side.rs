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
    Field::duration(
        "reliability.connect_timeout",
        "10s",
        "How long a central may take to accept a connection.",
    ),
    Field::duration("reliability.answer_timeout", "1m", "How long a central may take to answer a question."),
    Field::duration(
        "reliability.backup_first_byte_timeout",
        "20m",
        "How long a central may take to make a backup, before its first byte.",
    ),
    Field::duration(
        "reliability.idle_timeout",
        "1m",
        "How long a central may pause while it sends something.",
    ),
    Field::duration(
        "reliability.backup_total_timeout",
        "1h",
        "How long a backup of a central may take altogether.",
    ),
    Field::duration(
        "reliability.apply_timeout",
        "20m",
        "How long a central may take to unpack and check a backup that is given back to it.",
    ),
    Field::duration(
        "reliability.way_back_timeout",
        "30m",
        "How long a central may take to come back after a restore before somebody has to look.",
    ),
    Field::duration(
        "reliability.settle_timeout",
        "10m",
        "How long the devices of a central may take to show after a restore before they count as missing.",
    ),
    Field::duration(
        "reliability.retry_pause",
        "5s",
        "Pause before a central that is not ready is asked again; it grows to twelve times as much.",
    ),
    Field::duration(
        "reliability.backup_retry_pause",
        "5m",
        "Pause before a backup that was cut off is tried once more.",
    ),
    Field::duration("reliability.status_interval", "1m", "Time between two looks at each central."),
    Field::duration(
        "reliability.refresh_interval",
        "6h",
        "Time between two comparisons of the cached devices with those of each central.",
    ),
    Field::duration(
        "reliability.full_refresh_interval",
        "672h",
        "Time after which all descriptions of a central's devices are read afresh.",
    ),
];
