//! Archives and the data dir on the local file system: the adapter behind the archive and data-dir ports.
//!
//! Does NOT decide what belongs into an archive or whether one may be restored; that is the domain's policy.

pub mod data_dir;
pub mod format;
pub mod lock;
pub mod scratch;

mod blocking;
mod durable;
mod folder_sink;
mod folder_source;
mod kept_open;
mod packing;
mod staged_files;
mod stream_sink;
mod stream_source;
mod unpacking;

pub use folder_sink::FolderSink;
pub use folder_source::FolderSource;
pub use stream_sink::StreamSink;
pub use stream_source::StreamSource;
