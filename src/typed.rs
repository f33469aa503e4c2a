//! Answers as values of a type: its JSON schema goes to the model in the form that the API accepts,
//! and the answer comes back decoded.
//!
//! `read` makes a plan (`form`) of the schema that schemars derives, with the help of `merge`;
//! `write` makes of it the schema that is sent, and `restore` turns the answer back.

mod form;
mod merge;
mod read;
mod refuse;
mod restore;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::ops::{Deref, DerefMut};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

pub use self::schema::{OutputSchema, TypedResult, output_schema};
use crate::{
    error::Result, input::Input, settings::TurnOverrides, thread::Thread, turn::TurnHandle,
};

/// A [`TurnHandle`] whose [`run`](Self::run) gives the answer as a value. All else is the handle's:
/// it streams, steers and interrupts.
///
/// ```no_run
/// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
/// #[derive(schemars::JsonSchema, serde::Deserialize)]
/// struct Review {
///     score: u8,
/// }
///
/// let mut turn = thread.turn_typed::<Review>("Review the last commit.").await?;
/// while let Some(event) = turn.next().await {
///     println!("{}", event?.method());
/// }
/// let review = turn.run().await?.value;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TypedTurn<T> {
    turn: TurnHandle,
    schema: OutputSchema<T>,
}

impl<T: DeserializeOwned> TypedTurn<T> {
    /// Waits for the end of the turn, and gives its answer and its result; like
    /// [`TurnHandle::run`], which gives the result alone.
    ///
    /// # Errors
    ///
    /// [`Error::TypedOutput`](crate::Error::TypedOutput) if the answer does not fit, or there is
    /// none, and those of [`TurnHandle::run`].
    pub async fn run(&mut self) -> Result<TypedResult<T>> {
        self.schema.read(self.turn.run().await?)
    }
}

impl<T> TypedTurn<T> {
    #[cfg(feature = "blocking")]
    pub(crate) fn into_parts(self) -> (TurnHandle, OutputSchema<T>) {
        (self.turn, self.schema)
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

impl Thread {
    /// Runs one turn whose final answer is a value of type `T`.
    ///
    /// The JSON schema of `T` is sent as the turn's output schema; [`output_schema`] says what its
    /// types travel as.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Review {
    ///     /// 1 (bad) to 5 (good).
    ///     score: u8,
    ///     remarks: Vec<String>,
    /// }
    ///
    /// let review = thread.run_typed::<Review>("Review the last commit.").await?;
    /// println!("{} of 5", review.value.score);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](crate::Error::InvalidInput), before anything is sent, for a type
    ///   that the API cannot be asked for; see [`output_schema`],
    /// - [`Error::TypedOutput`](crate::Error::TypedOutput), with the result, if the turn was
    ///   interrupted before its answer, or has none, or it does not fit,
    /// - those of [`run`](Self::run).
    pub async fn run_typed<T>(&self, input: impl Into<Input>) -> Result<TypedResult<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        self.run_typed_with(input, TurnOverrides::new()).await
    }

    /// The same with overrides, whose `output_schema` is replaced.
    ///
    /// # Errors
    ///
    /// Those of [`run_typed`](Self::run_typed).
    pub async fn run_typed_with<T>(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<TypedResult<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        let schema = output_schema::<T>()?;
        let overrides = overrides.output_schema(schema.json().clone());
        schema.read(self.run_with(input, overrides).await?)
    }

    /// Starts a turn whose final answer is a value of type `T`, and returns at once
    /// (`turn/start`).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) as [`run_typed`](Self::run_typed) gives
    /// it, and those of [`turn`](Self::turn).
    pub async fn turn_typed<T>(&self, input: impl Into<Input>) -> Result<TypedTurn<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        self.turn_typed_with(input, TurnOverrides::new()).await
    }

    /// The same with overrides, whose `output_schema` is replaced.
    ///
    /// # Errors
    ///
    /// Those of [`turn_typed`](Self::turn_typed).
    pub async fn turn_typed_with<T>(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
    ) -> Result<TypedTurn<T>>
    where
        T: JsonSchema + DeserializeOwned,
    {
        let schema = output_schema::<T>()?;
        let overrides = overrides.output_schema(schema.json().clone());
        Ok(TypedTurn { turn: self.turn_with(input, overrides).await?, schema })
    }
}
