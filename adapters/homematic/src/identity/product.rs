//! Names of products, from the words firmwares use for them. Does NOT decide how a central is spoken with.

/// The product behind the word a firmware has for itself.
pub(super) fn name(word: &str, firmware: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let known = [
        ("openccu", "OpenCCU"),
        ("raspmatic", "OpenCCU"),
        ("raspberrymatic", "OpenCCU"),
        ("debmatic", "debmatic"),
        ("ccu3", "CCU3"),
        ("ccu2", "CCU2"),
    ];
    let found = known.iter().find(|(part, _)| lower.contains(part)).map(|(_, name)| (*name).to_owned());
    found.unwrap_or_else(|| match (lower.as_str(), firmware.split('.').next()) {
        ("" | "ccu", Some("3")) => "CCU3".to_owned(),
        ("" | "ccu", Some("2")) => "CCU2".to_owned(),
        ("" | "ccu", _) => "CCU".to_owned(),
        _ => word.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_the_names_people_know() {
        for (word, firmware, expected) in [
            ("OpenCCU", "3.87.6.20260101", "OpenCCU"),
            ("openccu_rpi4", "3.87.6.20260101", "OpenCCU"),
            ("raspmatic_ova", "3.61.7.20220226", "OpenCCU"),
            ("debmatic", "3.87.6", "debmatic"),
            ("ccu3", "3.87.6", "CCU3"),
            ("HM-CCU2", "2.61.7", "CCU2"),
            ("CCU", "3.87.6", "CCU3"),
            ("", "2.61.7", "CCU2"),
            ("Homegear", "0.8", "Homegear"),
        ] {
            assert_eq!(name(word, firmware), expected, "{word}");
        }
    }
}
