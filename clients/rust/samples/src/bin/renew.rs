//! Renews a hold by hand after each piece of work, so that only progress keeps it.
//!
//!     renew ADDRESS MOUNT_POINT

use std::error::Error;
use std::time::Duration;

use fsfreezed::{Client, HoldOptions};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(mount_point)) = (args.next(), args.next()) else {
        return Err("usage: renew ADDRESS MOUNT_POINT".into());
    };
    let client = Client::connect(address)?;

    // [renew]
    let options = HoldOptions::new()
        .ttl(Duration::from_secs(3))
        .auto_renew(false);
    let hold = client.hold(mount_point, options).await?;
    for piece in 1..=5 {
        hold.unless_broken(work(piece)).await?;
        if let Some(deadline) = hold.renew(None).await? {
            println!("{}", humantime::format_rfc3339_millis(deadline));
        }
    }
    let receipt = hold.release().await?;
    println!("{}", receipt.verdict);
    // [/renew]
    Ok(())
}

async fn work(_piece: u32) {
    sleep(Duration::from_secs(1)).await;
}
