//! What archives of the state promise, in memory and beside a real database. Does NOT speak HTTP.

mod bed;
mod beside_a_writer;
mod in_folder;
mod in_memory;
mod sealed;
mod small_disk;
