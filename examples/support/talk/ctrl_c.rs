//! Ctrl-C, which ends a turn before it ends the program. A second one does not wait for that.

use std::{error::Error, future::pending};

use tokio::{select, signal, sync::watch};

use super::outcome::Interrupted;

/// Hears Ctrl-C, also later than it was pressed. Clones hear the same.
#[derive(Clone)]
pub(crate) struct CtrlC(watch::Receiver<u32>);

impl CtrlC {
    pub(crate) fn listen() -> Self {
        let (sender, pressed) = watch::channel(0);
        tokio::spawn(async move {
            while signal::ctrl_c().await.is_ok() {
                sender.send_modify(|times| *times += 1);
            }
        });
        Self(pressed)
    }

    /// Waits until it is pressed, or was.
    pub(crate) async fn pressed(&mut self) {
        self.times(1).await;
    }

    /// Waits until it was pressed a second time.
    pub(crate) async fn pressed_again(&mut self) {
        self.times(2).await;
    }

    async fn times(&mut self, times: u32) {
        if self.0.wait_for(|pressed| *pressed >= times).await.is_err() {
            // This system has no Ctrl-C.
            pending().await
        }
    }

    /// Does something that may simply be dropped when it is pressed.
    pub(crate) async fn unless_pressed<T, E: Error + 'static>(
        &mut self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Box<dyn Error>> {
        select! {
            done = work => Ok(done?),
            () = self.pressed() => Err(Interrupted.into()),
        }
    }
}
