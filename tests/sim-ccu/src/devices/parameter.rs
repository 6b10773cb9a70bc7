//! Descriptions of parameters with the irregularities of real ones. Does NOT know which device has which.

use crate::value::Value;

/// A description under construction.
pub(crate) struct Parameter {
    name: &'static str,
    members: Vec<(String, Value)>,
}

impl Parameter {
    /// `TYPE OPERATIONS FLAGS DEFAULT MIN MAX UNIT TAB_ORDER`, as BidCos sends them.
    pub(crate) fn new(name: &'static str, kind: &str, operations: i32) -> Self {
        let members = [
            ("TYPE", Value::from(kind)),
            ("OPERATIONS", operations.into()),
            ("FLAGS", 1.into()),
            ("UNIT", "".into()),
            ("TAB_ORDER", 0.into()),
        ];
        Self { name, members: members.map(|(key, value)| (key.to_owned(), value)).into() }
    }

    /// Default, minimum and maximum; they need not be of the parameter's own type.
    pub(crate) fn limits(
        self,
        default: impl Into<Value>,
        min: impl Into<Value>,
        max: impl Into<Value>,
    ) -> Self {
        self.with("DEFAULT", default).with("MIN", min).with("MAX", max)
    }

    /// Sets or replaces a member.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self.members.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.members.push((key.to_owned(), value)),
        }
        self
    }

    /// HmIP names each parameter in `ID` and often leaves `TAB_ORDER` out.
    pub(crate) fn of_hmip(mut self) -> Self {
        self.members.retain(|(key, _)| key != "TAB_ORDER");
        let name = self.name;
        self.with("ID", name)
    }

    /// One special value.
    pub(crate) fn special(self, id: &str, value: f64) -> Self {
        let special = Value::Struct(vec![("ID".to_owned(), id.into()), ("VALUE".to_owned(), value.into())]);
        self.with("SPECIAL", Value::Array(vec![special]))
    }

    /// Without that member.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.members.retain(|(known, _)| known != key);
        self
    }
}

/// A description of a paramset.
pub(crate) fn paramset(parameters: Vec<Parameter>) -> Value {
    let member = |(order, parameter): (i32, Parameter)| (parameter.name.to_owned(), tab(parameter, order));
    Value::Struct((0..).zip(parameters).map(member).collect())
}

fn tab(parameter: Parameter, order: i32) -> Value {
    let has_order = parameter.members.iter().any(|(key, _)| key == "TAB_ORDER");
    let parameter = if has_order { parameter.with("TAB_ORDER", order) } else { parameter };
    Value::Struct(parameter.members)
}

/// Paramsets every kind of device shares with some other.
pub(crate) fn shared(name: &str) -> Option<Value> {
    let on_off = Value::texts(["CLOSED", "OPEN"]);
    let set = match name {
        "empty" => vec![],
        "bidcos device" => vec![
            Parameter::new("AES_ACTIVE", "BOOL", 3).limits(0, false, true),
            Parameter::new("LOW_BAT_LIMIT", "FLOAT", 3).limits(2.1, 1.5, 5).with("UNIT", "V"),
            Parameter::new("ROAMING", "BOOL", 3).limits(false, false, true).with("FLAGS", 2),
        ],
        "bidcos switch" => vec![
            Parameter::new("STATE", "BOOL", 7).limits(false, false, true).with("CONTROL", "SWITCH.STATE"),
            Parameter::new("ON_TIME", "FLOAT", 2).limits(0.0, 0.0, 85_825_945.6).with("UNIT", "s"),
            Parameter::new("INHIBIT", "BOOL", 7).limits(false, false, true),
            Parameter::new("INSTALL_TEST", "ACTION", 2).limits(false, 0, 1).with("FLAGS", 3),
        ],
        "bidcos thermostat" => vec![
            Parameter::new("SET_TEMPERATURE", "FLOAT", 7)
                .limits(20.0, 4.5, 30.5)
                .with("UNIT", "°C")
                .special("VENT_OPEN", 100.0),
            Parameter::new("CONTROL_MODE", "ENUM", 5)
                .limits(0, 0, 3)
                .with("VALUE_LIST", Value::texts(["AUTO-MODE", "MANU-MODE", "PARTY-MODE", "BOOST-MODE"])),
            Parameter::new("PARTY_MODE_SUBMIT", "STRING", 2).limits("", 0, 0),
        ],
        "bidcos contact" => vec![
            Parameter::new("STATE", "ENUM", 5).limits(0, 0, 1).with("VALUE_LIST", on_off),
            Parameter::new("LOWBAT", "BOOL", 5).limits(false, false, true).with("FLAGS", 9),
            Parameter::new("ERROR", "ENUM", 5)
                .limits(0, 0, 7)
                .with("VALUE_LIST", Value::texts(["NO_ERROR", "", "", "", "", "", "", "SABOTAGE"])),
        ],
        "bidcos link" => vec![
            Parameter::new("SHORT_ON_TIME", "FLOAT", 3)
                .limits(111_600.0, 0.0, 111_600.0)
                .with("UNIT", "s")
                .special("NOT_USED", 111_600.0),
            Parameter::new("UI_HINT", "STRING", 3).limits("Küche & Flur <1>", "", ""),
        ],
        "hmip device" => vec![
            Parameter::new("CYCLIC_INFO_MSG", "INTEGER", 3).limits(1, 0.0, "255").of_hmip(),
            Parameter::new("ROUTER_MODULE_ENABLED", "BOOL", 3).limits(1, false, true).of_hmip(),
            Parameter::new("DEVICE_NAME_HINT", "", 1).limits("", "", "").of_hmip().without("UNIT"),
        ],
        "hmip maintenance" => vec![
            Parameter::new("CONFIG_PENDING", "BOOL", 5).limits(false, false, true).of_hmip().with("FLAGS", 9),
            Parameter::new("OPERATING_VOLTAGE", "FLOAT", 5)
                .limits(0.0, 0, "25.2")
                .of_hmip()
                .with("UNIT", "V"),
            Parameter::new("RSSI_DEVICE", "INTEGER", 5).limits(0, -128, 127).of_hmip().with("UNIT", "dBm"),
        ],
        "hmip switch" => vec![
            Parameter::new("STATE", "BOOL", 7).limits(false, false, true).of_hmip(),
            Parameter::new("PROCESS", "ENUM", 5)
                .limits("STABLE", "STABLE", "NOT_STABLE")
                .of_hmip()
                .with("VALUE_LIST", Value::texts(["STABLE", "NOT_STABLE"])),
            Parameter::new("COMBINED_PARAMETER", "DUMMY", 2).limits("", "", "").of_hmip(),
        ],
        "hmip thermostat" => vec![
            Parameter::new("SET_POINT_TEMPERATURE", "FLOAT", 7)
                .limits(20.0, 4.5, 30.5)
                .of_hmip()
                .with("UNIT", "°C"),
            Parameter::new("WINDOW_STATE", "ENUM", 7)
                .limits("CLOSED", "CLOSED", "OPEN")
                .of_hmip()
                .with("VALUE_LIST", on_off),
            Parameter::new("BOOST_TIME", "INTEGER", 5)
                .limits(0, 0, 30)
                .of_hmip()
                .with("UNIT", "Minuten für Räume"),
        ],
        _ => return None,
    };
    Some(paramset(set))
}
