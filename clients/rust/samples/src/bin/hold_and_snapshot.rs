//! Runs a command (the snapshot) while a file system is frozen, and keeps the receipt.
//!
//!     hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]

use std::error::Error;

use fsfreezed::{Client, Hold, HoldOptions};
use tokio::process::Command;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(mount_point), Some(receipt_file), Some(program)) =
        (args.next(), args.next(), args.next(), args.next())
    else {
        return Err("usage: hold_and_snapshot ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]".into());
    };

    // [hold]
    let client = Client::connect(address)?;
    let mut snapshot = Command::new(program);
    snapshot.args(args).kill_on_drop(true);

    let options = HoldOptions::new().purpose("snapshot");
    let frozen = async |hold: &Hold| {
        // Frozen: writers wait, the image is stable. A hold that breaks stops the snapshot at once.
        let status = hold.unless_broken(snapshot.status()).await??;
        if !status.success() {
            return Err(Box::<dyn Error>::from(format!(
                "the snapshot failed: {status}"
            )));
        }
        Ok(())
    };
    let ((), receipt) = client.with_hold(mount_point, options, frozen).await?;

    std::fs::write(receipt_file, serde_json::to_string_pretty(&receipt)?)?;
    println!("{}", receipt.verdict);
    // [/hold]
    Ok(())
}
