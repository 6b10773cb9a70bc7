//! Settings of the MQTT bridge. This program keeps them and does not act on them.

use crate::config_schema::field::Field;

pub(super) const FIELDS: &[Field] = &[
    Field::flag("north.mqtt.enabled", false, "Whether the bridge runs.").basic().restart().idle(),
    Field::text("north.mqtt.broker_url", "", "Address of the broker, such as `tcp://localhost:1883`.")
        .basic()
        .restart()
        .variable("OPENCCU_LOOM_MQTT_BROKER_URL")
        .idle(),
    Field::text("north.mqtt.client_id", "openccu-loom", "Name at the broker.").restart().idle(),
    Field::text("north.mqtt.username", "", "User at the broker.").basic().restart().idle(),
    Field::text("north.mqtt.password", "", "Password at the broker.")
        .secret()
        .restart()
        .variable("OPENCCU_LOOM_MQTT_PASSWORD")
        .idle(),
    Field::text("north.mqtt.topic_base", "openccu-loom", "Beginning of each topic.").restart().idle(),
    Field::flag("north.mqtt.raw_enabled", false, "Whether plain topics are published.").restart().idle(),
    Field::flag("north.mqtt.discovery_enabled", false, "Whether Home Assistant finds the devices by itself.")
        .restart()
        .idle(),
    Field::choice("north.mqtt.payload_format", &["", "bare", "json"], "bare", "Form of the states.")
        .restart()
        .idle(),
    Field::flag("north.mqtt.sub_devices_enabled", false, "Whether groups of channels become devices.")
        .restart()
        .idle(),
    Field::whole(
        "north.mqtt.retain_cleanup_window_ms",
        (0, 30_000),
        2000,
        "Milliseconds the broker has to send what it retained before old topics are removed.",
    )
    .restart()
    .idle(),
];
