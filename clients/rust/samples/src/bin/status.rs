//! Tells whether file systems are frozen, and which holds live.
//!
//!     status ADDRESS TARGET...

use std::error::Error;

use fsfreezed::{Client, HoldState};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let Some(address) = args.next() else {
        return Err("usage: status ADDRESS TARGET...".into());
    };
    let targets = args;

    // [status]
    let client = Client::connect(address)?;
    for target in targets {
        let status = client.is_frozen(&target).await?;
        print!("{target}: {}", status.state);
        if let Some(certainty) = status.certainty {
            print!(" ({certainty})");
        }
        for by in status.frozen_by {
            print!(", by {}", by.freezer);
        }
        println!();
    }
    for hold in client.list_holds().await? {
        if hold.state != HoldState::Ended {
            println!("{}: {} {}", hold.hold_id, hold.state, hold.purpose);
        }
    }
    // [/status]
    Ok(())
}
