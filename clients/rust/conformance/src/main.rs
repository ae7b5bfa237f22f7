//! The driver of the conformance cases for the Rust client: JSON commands on stdin, answers and events
//! on stdout, as test/conformance/README.md says.

mod commands;
mod driver;
mod fields;
mod native;
mod scope;
mod told;

use std::io::BufRead;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc;

use driver::Driver;
use fields::Fields;

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(run());
}

/// Returns at the end of stdin and at `exit`; what is still open then is forgotten.
async fn run() {
    let mut commands = lines();
    told::event(
        "ready",
        json!({ "language": "rust", "forms": scope::FORMS }),
    );
    let driver = Arc::new(Driver::default());
    while let Some(line) = commands.recv().await {
        let fields: Fields = serde_json::from_str(&line).expect("a command");
        if fields.r#do == "exit" {
            told::answer(fields.id, Ok(json!({})));
            return;
        }
        driver.take(fields);
    }
}

/// A thread of its own reads, because a runtime waits for its blocking threads before it ends.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
