//! `/devices`: what is cached of the devices of all centrals, and their paramsets.
//!
//! Does NOT ask centrals; the cache is filled by whoever talks to them.

use super::State;
use super::access::{Caller, Viewer};
use super::params::Params;
use super::problem::{Code, Problem};
use actix_web::http::StatusCode;
use actix_web::web::{Json, Path};
use loom_domain::device::{Device, InterfaceRef, ParamsetId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_PER_PAGE: usize = 100;
const MOST_PER_PAGE: usize = 1_000;
const MOST_PAGES: usize = 1_000_000;

/// Which page of which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DevicesQuery {
    /// Only devices of this central.
    central: Option<String>,
    /// Only devices of this interface.
    interface: Option<String>,
    /// Which page, 1 to 1000000.
    #[param(minimum = 1, maximum = 1_000_000)]
    page: Option<usize>,
    /// Devices per page, 1 to 1000; 100 if not given.
    #[param(minimum = 1, maximum = 1000)]
    per_page: Option<usize>,
}

/// Which of several devices of one address.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// The central, where several have a device of that address.
    central: Option<String>,
    /// The interface, where several have a device of that address.
    interface: Option<String>,
}

/// One page of devices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DevicePage {
    /// The devices, by central, interface and address.
    items: Vec<DeviceRow>,
    /// Which page this is, from 1.
    page: usize,
    /// Devices per page.
    per_page: usize,
    /// Devices in all.
    total: usize,
}

/// One device, without its channels.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceRow {
    /// Address, unique on its interface.
    address: String,
    /// The central it hangs on.
    central: String,
    /// The interface it hangs on.
    interface_id: String,
    /// Type, such as `HmIP-eTRV-2`.
    #[serde(rename = "type")]
    device_type: String,
    /// Model.
    model: String,
    /// Manufacturer.
    manufacturer: String,
    /// Product group.
    product_group: String,
    /// Firmware version.
    firmware: String,
    /// When it was read from the central (RFC 3339).
    updated_at: String,
}

/// One device with its channels, or one channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceDetail {
    #[serde(flatten)]
    device: DeviceRow,
    /// Address of the device a channel belongs to; empty for a device.
    parent: String,
    /// The description as the central gave it.
    #[schema(value_type = Object)]
    description: Value,
    /// Addresses of its channels.
    channels: Vec<String>,
}

/// One paramset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParamsetDetail {
    /// Address of the channel.
    channel_address: String,
    /// `MASTER`, `VALUES` or `LINK`.
    paramset_key: String,
    /// SHA-256 of its content; equal contents have equal ones.
    hash: String,
    /// Its parameters, as the central described them.
    #[schema(value_type = Object)]
    parameters: Value,
    /// When it was read from the central (RFC 3339).
    updated_at: String,
}

/// Lists devices, page by page.
#[utoipa::path(get, path = "/devices", tag = "devices", params(DevicesQuery),
    responses((status = 200, description = "One page.", body = DevicePage)))]
pub(crate) async fn list(
    _: Caller<Viewer>,
    state: State,
    Params(query): Params<DevicesQuery>,
) -> Result<Json<DevicePage>, Problem> {
    let page = query.page.unwrap_or(1);
    let per_page = query.per_page.unwrap_or(DEFAULT_PER_PAGE);
    if !(1..=MOST_PAGES).contains(&page) {
        return Err(Problem::invalid("page", "1 to 1000000 are allowed"));
    }
    if !(1..=MOST_PER_PAGE).contains(&per_page) {
        return Err(Problem::invalid("per_page", "1 to 1000 are allowed"));
    }
    let mut devices = Vec::new();
    for interface in interfaces(&state, query.central.as_deref(), query.interface.as_deref()).await? {
        let found = state.roles.devices.list_devices(&interface).await?;
        devices.extend(found.into_iter().filter(|device| device.parent.is_empty()));
    }
    let total = devices.len();
    let skipped = (page - 1).saturating_mul(per_page);
    let items = devices.iter().skip(skipped).take(per_page).map(DeviceRow::from).collect();
    Ok(Json(DevicePage { items, page, per_page, total }))
}

/// Shows one device or channel.
#[utoipa::path(get, path = "/devices/{address}", tag = "devices",
    params(("address" = String, Path, description = "Address of the device or channel."), PlaceQuery),
    responses((status = 200, description = "The device.", body = DeviceDetail)))]
pub(crate) async fn show(
    _: Caller<Viewer>,
    state: State,
    address: Path<String>,
    Params(place): Params<PlaceQuery>,
) -> Result<Json<DeviceDetail>, Problem> {
    let device = find(&state, &address, &place).await?;
    let all = state.roles.devices.list_devices(&device.interface).await?;
    let channels = all.into_iter().filter(|channel| channel.parent == device.address);
    Ok(Json(DeviceDetail {
        channels: channels.map(|channel| channel.address).collect(),
        parent: device.parent.clone(),
        description: device.description.clone(),
        device: DeviceRow::from(&device),
    }))
}

/// Shows one cached paramset of a channel.
#[utoipa::path(get, path = "/devices/{address}/paramsets/{key}", tag = "devices",
    params(("address" = String, Path, description = "Address of the device or channel."),
        ("key" = String, Path, description = "`MASTER`, `VALUES` or `LINK`."), PlaceQuery),
    responses((status = 200, description = "The paramset.", body = ParamsetDetail)))]
pub(crate) async fn paramset(
    _: Caller<Viewer>,
    state: State,
    path: Path<(String, String)>,
    Params(place): Params<PlaceQuery>,
) -> Result<Json<ParamsetDetail>, Problem> {
    let (address, key) = path.into_inner();
    let device = find(&state, &address, &place).await?;
    let id = ParamsetId {
        interface: device.interface,
        channel_address: device.address,
        paramset_key: key.clone(),
    };
    let Some(paramset) = state.roles.paramsets.find_paramset(&id).await? else {
        let name = format!("{} {}", id.channel_address, key.escape_debug());
        return Err(Problem::not_found("paramset", &name));
    };
    let parameters: Value = serde_json::from_str(&paramset.content)
        .map_err(|error| Problem::internal(&format!("the cached paramset is no JSON: {error}")))?;
    if parameters.is_null() {
        let words =
            format!("the central says that `{}` has no paramset `{key}`", paramset.id.channel_address);
        return Err(Problem::new(StatusCode::NOT_FOUND, Code::NotFound, words));
    }
    Ok(Json(ParamsetDetail {
        hash: paramset.content_hash(),
        channel_address: paramset.id.channel_address,
        paramset_key: key,
        parameters,
        updated_at: paramset.updated_at.to_string(),
    }))
}

async fn interfaces(
    state: &State,
    central: Option<&str>,
    interface: Option<&str>,
) -> Result<Vec<InterfaceRef>, Problem> {
    let mut interfaces = state.roles.devices.list_interfaces().await?;
    interfaces.retain(|found| {
        central.is_none_or(|name| found.central.as_str() == name)
            && interface.is_none_or(|id| found.interface_id == id)
    });
    Ok(interfaces)
}

async fn find(state: &State, address: &str, place: &PlaceQuery) -> Result<Device, Problem> {
    let mut found = Vec::new();
    for interface in interfaces(state, place.central.as_deref(), place.interface.as_deref()).await? {
        found.extend(state.roles.devices.find_device(&interface, address).await?);
    }
    match (found.pop(), found.is_empty()) {
        (Some(device), true) => Ok(device),
        (None, _) => Err(Problem::not_found("device", &address.escape_debug().to_string())),
        (Some(device), false) => {
            let mut places: Vec<_> = found.iter().chain([&device]).map(place_of).collect();
            places.sort();
            Err(Problem::unprocessable(format!(
                "several devices have the address `{address}`; add `central` and `interface` of one of: {}",
                places.join(", ")
            )))
        }
    }
}

fn place_of(device: &Device) -> String {
    format!("`{}` `{}`", device.interface.central, device.interface.interface_id)
}

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        Self {
            address: device.address.clone(),
            central: device.interface.central.to_string(),
            interface_id: device.interface.interface_id.clone(),
            device_type: device.device_type.clone(),
            model: device.model.clone(),
            manufacturer: device.manufacturer.clone(),
            product_group: device.product_group.clone(),
            firmware: device.firmware.clone(),
            updated_at: device.updated_at.to_string(),
        }
    }
}
