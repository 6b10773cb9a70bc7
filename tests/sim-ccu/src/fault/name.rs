//! Faults by name, for the command line. Does NOT change them.

use super::Fault;
use std::str::FromStr;
use std::time::Duration;

impl FromStr for Fault {
    type Err = String;

    /// Reads `cut-outer=1000`: the name in lower case with dashes, and the value of those that have one.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        if let Some(fault) = plain(name) {
            return match value {
                None => Ok(fault),
                Some(_) => Err(format!("the fault `{name}` takes no value")),
            };
        }
        Ok(match name {
            "error-text" => Self::ErrorText(number(name, value)?),
            "cut-outer" => Self::CutOuter(number(name, value)?),
            "wrong-content-length" => Self::WrongContentLength(number(name, value)?),
            "slow-first-byte" => Self::SlowFirstByte(Duration::from_secs(number(name, value)?)),
            "sessions-full" => Self::SessionsFull(number(name, value)?),
            "short-device-list" => Self::ShortDeviceList(number(name, value)?),
            "many-devices" => Self::ManyDevices(number(name, value)?),
            "restore-hm-ip" => Self::RestoreHmIp(number(name, value)?),
            _ => return Err(format!("`{name}` is not a fault")),
        })
    }
}

fn plain(name: &str) -> Option<Fault> {
    let all = [
        Fault::LoginPage,
        Fault::InternalErrorPage,
        Fault::RedirectToHttps,
        Fault::EmptyBody,
        Fault::CutInner,
        Fault::BadSha256,
        Fault::NoRegadom,
        Fault::HangBeforeFirstByte,
        Fault::HangMidway,
        Fault::EndlessBody,
        Fault::GzipBomb,
        Fault::SessionLost,
        Fault::RegaDown,
        Fault::RpcUnauthorized,
        Fault::RpcBooting503,
        Fault::RpcPortsSilent,
        Fault::BinRpcSilent,
        Fault::Mute,
        Fault::BrokenUmlauts,
        Fault::EmptyDeviceList,
        Fault::EmptyScriptResult,
        Fault::DeepXml,
        Fault::HugeXml,
        Fault::HugeBinCount,
        Fault::HugeBinFrame,
        Fault::NotANumberJson,
        Fault::MissingResultJson,
        Fault::RestoreInvalidFile,
        Fault::RestoreNeedsFirmware,
        Fault::RestoreKeyError1,
        Fault::RestoreKeyError2,
        Fault::RestoreUnknownPage,
        Fault::RestoreNothingChanged,
        Fault::NeverComesBack,
        Fault::CrashDuringGo,
        Fault::HangDuringGo,
        Fault::HangUpload,
    ];
    all.into_iter().find(|fault| dashed(&format!("{fault:?}")) == name)
}

/// `CutOuter` becomes `cut-outer`.
fn dashed(camel: &str) -> String {
    camel.char_indices().fold(String::new(), |text, (at, c)| match c.is_ascii_uppercase() && at > 0 {
        true => text + "-" + &c.to_ascii_lowercase().to_string(),
        false => text + &c.to_ascii_lowercase().to_string(),
    })
}

fn number<N: FromStr>(name: &str, value: Option<&str>) -> Result<N, String> {
    let value = value.ok_or_else(|| format!("the fault `{name}` needs a value: `{name}=NUMBER`"))?;
    value.parse().map_err(|_| format!("the fault `{name}` takes a number, not `{value}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_variants() {
        assert_eq!("bad-sha256".parse(), Ok(Fault::BadSha256));
        assert_eq!("restore-hm-ip=16".parse(), Ok(Fault::RestoreHmIp(16)));
        assert_eq!("slow-first-byte=2".parse(), Ok(Fault::SlowFirstByte(Duration::from_secs(2))));
        assert!("login-page=1".parse::<Fault>().unwrap_err().contains("no value"));
        assert!("many-devices=x".parse::<Fault>().unwrap_err().contains("not `x`"));
    }
}
