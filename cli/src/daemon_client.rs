//! The client of a running daemon's HTTP API: a question, an answer in types, or why there is none.
//!
//! Does NOT print, does NOT repeat a request, follow redirects or speak to proxies: a token goes to the named address alone.

mod address;
mod answers;
mod credential;
mod key_answers;
mod refusal;

pub(crate) use answers::{
    BackupEntry, CentralStatus, Diagnosis, Finding, Judgement, OrderedBackup, OrderedRestore, Progress,
    Remark, Restore, StartedJob, VerifyJob,
};
pub(crate) use key_answers::{
    ArchiveKey, KeyStatus, OldKeyFile, PendingChange, RotateJob, RotatedKey, UsedKey, ValueCounts,
};
pub(crate) use refusal::{DaemonError, JobFailed, JobFailureKind, Problem};

use crate::args::DaemonArgs;
use crate::failure::Failure;
use address::Address;
use credential::Credential;
use loom_app::Environment;
use reqwest::{Method, RequestBuilder, Response, StatusCode, multipart, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take; the daemon gives up on requests itself after half a minute.
const ANSWER: Duration = Duration::from_secs(45);
/// The same where a central is tried in every way.
const DIAGNOSIS: Duration = Duration::from_secs(240);
/// The same where every archive is read before old keys go; the daemon gives up after an hour.
const KEY_REMOVAL: Duration = Duration::from_secs(61 * 60);
/// How long a download may stand still.
const STANDSTILL: Duration = Duration::from_secs(60);

/// A daemon somewhere, and who calls it.
#[derive(Debug)]
pub(crate) struct DaemonClient {
    http: reqwest::Client,
    address: Address,
    credential: Credential,
}

/// A path below `/api/v1`, a segment each; whatever a segment holds, it stays one.
pub(crate) type Path<'a> = &'a [&'a str];

impl DaemonClient {
    /// Works out whom to ask and who asks. Nothing is sent yet.
    pub(crate) fn new(args: &DaemonArgs, environment: &Environment) -> Result<Self, Failure> {
        let address = Address::find(args.url.as_deref(), environment)?;
        let credential = Credential::find(args, environment)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("openccu-loom/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::Other(format!("failed to start: {error}")))?;
        if address.is_overheard() {
            crate::output::warning(&format!(
                "`{address}` is asked without encryption: whoever is on the way can read the token\nhint: run this on the daemon's machine, or through `ssh -L 8119:localhost:8119`"
            ));
        }
        Ok(Self { http, address, credential })
    }

    /// `GET`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: Path<'_>) -> Result<T, DaemonError> {
        self.read(self.request(Method::GET, path).timeout(ANSWER)).await
    }

    /// `POST` with a body of JSON, or none.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: Path<'_>,
        body: Option<&Value>,
    ) -> Result<T, DaemonError> {
        let request = self.request(Method::POST, path).timeout(ANSWER);
        self.read(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// A request whose answer has no body.
    pub(crate) async fn act(&self, method: Method, path: Path<'_>) -> Result<(), DaemonError> {
        self.answer(self.request(method, path).timeout(ANSWER)).await.map(drop)
    }

    /// Has old keys of these names removed, all of them or none; unless `force`, it lasts as long as reading every archive.
    pub(crate) async fn remove_old_keys(&self, names: &[String], force: bool) -> Result<(), DaemonError> {
        let mut url = self.address.of(&["keys", "old", &names.join(",")]);
        if force {
            url.query_pairs_mut().append_pair("force", "true");
        }
        let request = self.credential.sign(self.http.request(Method::DELETE, url));
        self.answer(request.timeout(KEY_REMOVAL)).await.map(drop)
    }

    /// Has a central tried in every way, which takes its time.
    pub(crate) async fn diagnose(&self, central: &str) -> Result<Diagnosis, DaemonError> {
        self.read(self.request(Method::POST, &["centrals", central, "test"]).timeout(DIAGNOSIS)).await
    }

    /// The bytes of a stored backup, as they come.
    pub(crate) async fn download(&self, id: &str) -> Result<Download, DaemonError> {
        let response = self.answer(self.request(Method::GET, &["backups", id, "download"])).await?;
        Ok(Download { response, address: self.address.clone() })
    }

    /// Sends a form with a file; a refusal that lists reasons tells of damage.
    pub(crate) async fn upload(&self, form: multipart::Form) -> Result<BackupEntry, DaemonError> {
        let request = self.request(Method::POST, &["backups", "upload"]).multipart(form);
        self.read(request).await.map_err(DaemonError::of_upload)
    }

    fn request(&self, method: Method, path: Path<'_>) -> RequestBuilder {
        self.credential.sign(self.http.request(method, self.address.of(path)))
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, DaemonError> {
        let response = self.answer(request).await?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.failed(error))?;
        serde_json::from_slice(&body).map_err(|_| self.strange(status))
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, DaemonError> {
        let response = request.send().await.map_err(|error| self.failed(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.map_err(|error| self.failed(error))?;
        Err(match Problem::read(status.as_u16(), &body) {
            Some(problem) => DaemonError::Problem(Box::new(problem)),
            None => self.strange(status),
        })
    }

    fn failed(&self, error: reqwest::Error) -> DaemonError {
        DaemonError::of_transport(&self.address, error)
    }

    fn strange(&self, status: StatusCode) -> DaemonError {
        DaemonError::Strange { address: self.address.to_string(), status: status.as_u16() }
    }
}

/// A download that goes on.
#[derive(Debug)]
pub(crate) struct Download {
    response: Response,
    address: Address,
}

impl Download {
    /// How many bytes come in all, where the daemon says.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next bytes; `None` at the end. An end that comes too early is an error.
    pub(crate) async fn next(&mut self) -> Result<Option<bytes::Bytes>, DaemonError> {
        match tokio::time::timeout(STANDSTILL, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| DaemonError::of_transport(&self.address, error)),
            Err(_) => Err(DaemonError::Broken {
                address: self.address.to_string(),
                cause: format!("nothing came for {} s", STANDSTILL.as_secs()),
            }),
        }
    }
}
