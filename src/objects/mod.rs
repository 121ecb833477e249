//! Git objects from raw bytes by one strict parser. Pure; knows nothing of repositories.
