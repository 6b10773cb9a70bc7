//! A data dir that fails at one chosen call.
//!
//! Does NOT change files.

use super::content::FaultyContent;
use super::{Fault, Faulty};
use async_trait::async_trait;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{DataDirFiles, Entry, FilesError, OpenFile};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl DataDirFiles for Faulty<dyn DataDirFiles> {
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError> {
        let name = folder.map_or(".", MemberPath::as_str);
        self.plan.meet("DataDirFiles::list").map_err(|fault| unreadable(name, fault))?;
        self.inner.list(folder).await
    }

    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError> {
        self.plan.meet("DataDirFiles::head").map_err(|fault| unreadable(path.as_str(), fault))?;
        self.inner.head(path, bytes).await
    }

    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError> {
        self.plan.meet("DataDirFiles::open").map_err(|fault| unreadable(path.as_str(), fault))?;
        let OpenFile { bytes, content } = self.inner.open(path).await?;
        Ok(OpenFile { bytes, content: Box::new(FaultyContent { inner: content, plan: self.plan.clone() }) })
    }
}

fn unreadable(path: &str, fault: Fault) -> FilesError {
    FilesError::Unreadable { path: path.to_owned(), source: fault.into() }
}
