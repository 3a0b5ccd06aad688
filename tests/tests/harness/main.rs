//! Whether the harness does what the tests believe it does.

mod canary;
mod captures;
mod cluster;
mod daemon;
mod fake;
mod fill;
mod guests;
mod nutcracker;
mod page;
mod prometheus;
mod proxy;
mod replay;
mod sentinel;
mod server;
mod tls;
