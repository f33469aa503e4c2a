//! One method per request of the protocol, without async.

use super::client::{Call, Client};
use crate::{client::client_methods, generated::v2_all::*};

include!(concat!(env!("OUT_DIR"), "/methods.rs"));
