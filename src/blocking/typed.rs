//! Turns with a typed answer, without async.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use serde::de::DeserializeOwned;

use super::{turn::TurnHandle, worker::Worker};
use crate::{
    error::Result,
    typed::{OutputSchema, TypedResult},
};

/// A [`TurnHandle`] whose [`run`](Self::run) gives the answer as a value:
/// [`TypedTurn`](crate::TypedTurn) without async.
#[derive(Debug)]
pub struct TypedTurn<T> {
    turn: TurnHandle,
    schema: OutputSchema<T>,
}

impl<T: DeserializeOwned> TypedTurn<T> {
    pub(super) fn new(inner: crate::TypedTurn<T>, worker: Arc<Worker>) -> Self {
        let (turn, schema) = inner.into_parts();
        Self { turn: TurnHandle::new(turn, worker), schema }
    }

    /// Waits for the end of the turn, and gives its answer and its result.
    ///
    /// # Errors
    ///
    /// Those of [`crate::TypedTurn::run`].
    pub fn run(&mut self) -> Result<TypedResult<T>> {
        self.schema.read(self.turn.run()?)
    }
}

impl<T> Deref for TypedTurn<T> {
    type Target = TurnHandle;

    fn deref(&self) -> &TurnHandle {
        &self.turn
    }
}

impl<T> DerefMut for TypedTurn<T> {
    fn deref_mut(&mut self) -> &mut TurnHandle {
        &mut self.turn
    }
}
