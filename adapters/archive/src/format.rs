//! The bytes of an archive: gzip members, tar blocks, sealed frames, and how to tell one kind of file from another.
//!
//! Everything here is synchronous, streams in flat memory and trusts no byte it reads. It does NOT touch the file
//! system, judge member names or know what a manifest says.

pub mod age_armor;
pub mod age_header;
pub mod age_keys;
pub mod age_reader;
pub mod age_writer;
pub mod detect;
pub mod gzip_index;
pub mod gzip_member;
pub mod gzip_reader;
pub mod gzip_writer;
pub mod members;
pub mod packer;
pub mod sealed_reader;
pub mod sealed_writer;
pub mod tar_damage;
pub mod tar_reader;
pub mod tar_writer;
pub mod zip_index;
pub mod zip_layout;
pub mod zip_reader;
pub mod zip_writer;
pub mod zst_index;
pub mod zst_reader;
pub mod zst_trailer;
pub mod zst_writer;

mod fill;
mod gzip_foreign;
mod gzip_strict;
mod ordered_pool;
mod tar_pax;
mod trailing_sum;
mod zip_directory;
mod zip_fields;

#[cfg(test)]
pub(crate) mod samples;
