//! One method per request of the protocol, without async.

use crate::{client::client_methods, generated::v2_all::*};
use super::client::{Call, Client};

include!(concat!(env!("OUT_DIR"), "/methods.rs"));
