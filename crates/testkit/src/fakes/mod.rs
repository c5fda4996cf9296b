//! Services of others, as this product meets them: on a loopback port, with the faults that tests ask for.

pub mod acme;
pub mod openid;
