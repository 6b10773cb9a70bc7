//! What archives of the state promise. Does NOT speak HTTP.
