//! Who we are to the service: what a signing library reads of variables, files and the machine's own services.
//!
//! Does NOT start programs (`credential_process` of a profile), which a daemon that controls a home should not do for a
//! line in a file.

use super::http::HttpClient;
use crate::env::Lookup;
use bytes::Bytes;
use hyper::{Request, Response};
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, RequestSigner};
use reqsign_core::{Context, Env, Error, FileRead, HttpSend, Result, Signer};
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Most bytes of a file with profiles, tokens or credentials.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Variables that the library asks for all at once.
const VARIABLES: [&str; 19] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SSO_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// Signs calls of the key service in `region`.
pub(super) fn signer(region: &str, lookup: Arc<Lookup>, http: Arc<HttpClient>) -> Signer<Credential> {
    let context = Context::new().with_env(Variables(lookup)).with_file_read(Files).with_http_send(Http(http));
    let credentials = DefaultCredentialProvider::builder().no_process().build();
    Signer::new(context, credentials, RequestSigner::new("kms", region))
}

struct Variables(Arc<Lookup>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}

impl Env for Variables {
    fn var(&self, key: &str) -> Option<String> {
        (self.0)(key)?.into_string().ok()
    }

    fn vars(&self) -> HashMap<String, String> {
        VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), self.var(name)?))).collect()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        (self.0)("HOME").map(PathBuf::from)
    }
}

/// Small files, so they are read on the caller's thread.
#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

struct Http(Arc<HttpClient>);

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl HttpSend for Http {
    async fn http_send(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        let answer = self.0.send(request).await.map_err(|why| Error::unexpected(why).set_retryable(true))?;
        Ok(answer.map(|mut body| Bytes::from(std::mem::take(&mut *body))))
    }
}
