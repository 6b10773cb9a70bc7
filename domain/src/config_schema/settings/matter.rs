//! Settings of the Matter bridge. This program keeps them and does not act on them.

use crate::config_schema::field::Field;

const WORD: (i128, i128) = (0, 0xFFFF);
const LONG: (i128, i128) = (0, u64::MAX as i128);

pub(super) const FIELDS: &[Field] = &[
    Field::flag("north.matter.enabled", false, "Whether the bridge runs.").basic().restart().idle(),
    Field::text("north.matter.listen", ":5540", "UDP address and port.").restart().idle(),
    Field::flag("north.matter.prefer_ipv4", false, "Whether only IPv4 is spoken.").restart().idle(),
    Field::whole("north.matter.vendor_id", WORD, 0xFFF1, "Vendor id; 65521 is for tests.").restart().idle(),
    Field::whole("north.matter.product_id", WORD, 0x8000, "Product id.").restart().idle(),
    Field::text("north.matter.node_label", "openccu-loom", "Name that people see.").restart().idle(),
    Field::whole(
        "north.matter.discriminator",
        (0, 0xFFF),
        0xF00,
        "Tells the bridge from others while pairing.",
    )
    .restart()
    .idle(),
    Field::choice(
        "north.matter.mdns_advertise",
        &["", "noop", "zeroconf"],
        "noop",
        "How the bridge is announced.",
    )
    .restart()
    .idle(),
    Field::flag("north.matter.dev_rotate_unique_ids", false, "Whether each start uses new ids, for tests.")
        .restart()
        .idle(),
    Field::whole("north.matter.commissioning.passcode", (0, 99_999_998), 0, "Setup code. 0: no pairing.")
        .secret()
        .restart()
        .idle(),
    Field::text("north.matter.commissioning.salt", "", "Salt of the setup code, 16 to 32 bytes.")
        .secret()
        .restart()
        .idle(),
    Field::whole("north.matter.commissioning.iterations", (1000, 100_000), 1000, "Rounds of the derivation.")
        .restart()
        .idle(),
    Field::flag("north.matter.commissioning.concurrent_pairings", false, "Whether several may pair at once.")
        .restart()
        .idle(),
    Field::flag("north.matter.commissioning.ephemeral_window", false, "Whether each window has a new code.")
        .restart()
        .idle(),
    Field::whole("north.matter.case.node_id", LONG, 0, "Node id in the fabric. 0: none.").restart().idle(),
    Field::whole("north.matter.case.fabric_id", LONG, 0, "Fabric id; needed with a node id.")
        .restart()
        .idle(),
    Field::text("north.matter.attestation.dac_path", "", "File of the device attestation certificate.")
        .restart()
        .idle(),
    Field::text("north.matter.attestation.dac_key_path", "", "File of its private key.")
        .secret()
        .restart()
        .idle(),
    Field::text("north.matter.attestation.pai_path", "", "File of the intermediate certificate.")
        .restart()
        .idle(),
    Field::text("north.matter.attestation.cd_path", "", "File of the certification declaration.")
        .restart()
        .idle(),
];
