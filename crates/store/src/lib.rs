//! Ledger and blobs.
