//! The command line of `sim-ccu`, read by hand: it is a tool for developers. Does NOT start anything.

use loom_sim_ccu::{Fault, Flavour, Interface, SimConfig};
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "A simulated Homematic CCU on 127.0.0.1, until Ctrl-C.

usage: sim-ccu [OPTIONS]

  --flavour stock|openccu   which firmware [openccu]
  --web-port PORT           [a free one]
  --bidcos-port PORT        XML-RPC of BidCos-RF [a free one]
  --hmip-port PORT          XML-RPC of HmIP-RF [a free one]
  --groups-port PORT        XML-RPC of the heating groups [a free one]
  --cuxd-port PORT          BIN-RPC of CUxD; without it there is no CUxD
  --real-ports              80, 2001, 2010, 9292: those of a real central
  --devices N               devices per interface [10]
  --seed N                  same seed, same devices [1]
  --hostname NAME           [homematic-ccu3]
  --firmware VERSION        [3.87.6 or 3.87.6.20260101]
  --user NAME               the administrator [Admin]
  --password TEXT           [secret]
  --security-key KEY        [none]
  --rpc-auth                ask for the password on RPC ports
  --backup-size-mib N       [0]
  --backup-takes SECONDS    time until the first byte of a backup [0]
  --restore-takes SECONDS   [0]
  --down-for SECONDS        how long a reboot takes [5]
  --tls                     also listen with TLS (built with `--features tls`)
  --fault NAME[=VALUE]      a way to fail; may be repeated
  --help

faults: see `Fault` in the crate's documentation, in lower case with dashes:
  login-page  error-text=2  cut-outer=1000  session-lost  rpc-ports-silent  restore-hm-ip=16 …";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) config: SimConfig,
    pub(crate) faults: Vec<Fault>,
}

/// Reads the arguments; `None` asks for help. The error is a sentence for people.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Option<Wish>, String> {
    let mut args = args.peekable();
    let mut wish = Wish { config: SimConfig::new(Flavour::OpenCcu), faults: Vec::new() };
    wish.config.down_for = Duration::from_secs(5);
    wish.config.booting_for = Duration::from_secs(2);
    let mut firmware = None;
    while let Some(option) = args.next() {
        let config = &mut wish.config;
        let mut value = || args.next().ok_or_else(|| format!("`{option}` needs a value"));
        match option.as_str() {
            "--help" | "-h" => return Ok(None),
            "--flavour" => {
                config.flavour = flavour(&value()?)?;
                config.firmware = SimConfig::new(config.flavour).firmware;
            }
            "--web-port" => config.web_port = number(&option, &value()?)?,
            "--bidcos-port" => set_port(config, Interface::BidCosRf, number(&option, &value()?)?),
            "--hmip-port" => set_port(config, Interface::HmIpRf, number(&option, &value()?)?),
            "--groups-port" => set_port(config, Interface::VirtualDevices, number(&option, &value()?)?),
            "--cuxd-port" => {
                config.devices.insert(Interface::CuxD, 10);
                set_port(config, Interface::CuxD, number(&option, &value()?)?);
            }
            "--real-ports" => *config = config.clone().real_ports(),
            "--devices" => *config = config.clone().devices_everywhere(number(&option, &value()?)?),
            "--seed" => config.seed = number(&option, &value()?)?,
            "--hostname" => config.hostname = value()?,
            "--firmware" => firmware = Some(value()?),
            "--user" => config.users[0].name = value()?,
            "--password" => config.users[0].password = value()?,
            "--security-key" => config.security_key = Some(value()?),
            "--rpc-auth" => config.rpc_auth = true,
            "--backup-size-mib" => *config = config.clone().backup_size_mib(number(&option, &value()?)?),
            "--backup-takes" => config.backup_takes = Duration::from_secs(number(&option, &value()?)?),
            "--restore-takes" => config.restore_takes = Duration::from_secs(number(&option, &value()?)?),
            "--down-for" => config.down_for = Duration::from_secs(number(&option, &value()?)?),
            "--tls" if cfg!(feature = "tls") => config.tls = true,
            "--tls" => return Err("`--tls` needs a program built with `--features tls`".into()),
            "--fault" => wish.faults.push(value()?.parse()?),
            _ => return Err(format!("`{option}` is not an option; see `--help`")),
        }
    }
    wish.config.firmware = firmware.unwrap_or(wish.config.firmware);
    Ok(Some(wish))
}

fn flavour(name: &str) -> Result<Flavour, String> {
    match name {
        "stock" => Ok(Flavour::Stock),
        "openccu" => Ok(Flavour::OpenCcu),
        _ => Err(format!("`{name}` is not a flavour: stock or openccu")),
    }
}

fn set_port(config: &mut SimConfig, interface: Interface, port: u16) {
    config.rpc_ports.insert(interface, port);
}

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{option}` takes a number in its range, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Wish>, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_reach_the_configuration() {
        let line = "--devices 3 --cuxd-port 8701 --flavour stock --fault cut-outer=12 --fault login-page";
        let wish = read(line).unwrap().unwrap();
        assert_eq!(wish.faults, [Fault::CutOuter(12), Fault::LoginPage]);
        assert_eq!((wish.config.flavour, wish.config.firmware.as_str()), (Flavour::Stock, "3.87.6"));
        assert_eq!(wish.config.devices[&Interface::HmIpRf], 3);
        assert!(read("--help").unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--web-port", "needs a value"),
            ("--web-port 70000", "number in its range"),
            ("--flavour ccu1", "not a flavour"),
            ("--fault cut-outer", "needs a value"),
            ("--fault nonsense", "`nonsense`"),
            ("--verbose", "--help"),
        ] {
            let message = read(line).unwrap_err();
            assert!(message.contains(word), "{line}: {message}");
        }
    }
}
