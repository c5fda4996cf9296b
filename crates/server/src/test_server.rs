//! A server for tests of handlers.
