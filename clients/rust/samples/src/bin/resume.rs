//! Loses a hold's stream, as a program does that is restarted, and takes the hold over.
//!
//!     resume ADDRESS MOUNT_POINT

use std::error::Error;
use std::time::Duration;

use fsfreezed::{Client, HoldOptions, ResumeOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(mount_point)) = (args.next(), args.next()) else {
        return Err("usage: resume ADDRESS MOUNT_POINT".into());
    };

    // [resume]
    let before = Client::connect(&address)?;
    let options = HoldOptions::new().linger(Duration::from_secs(5));
    let hold = before.hold(mount_point, options).await?;
    // What the next process has to know. The token is a secret: nobody else may read it.
    let (id, token) = (hold.id().to_owned(), hold.resume_token().to_owned());
    // The stream is lost; the hold lingers, and stays frozen.
    hold.cancel();

    let after = Client::connect(&address)?;
    let hold = after.resume(id, token, ResumeOptions::new()).await?;
    let receipt = hold.release().await?;
    println!("{}", receipt.verdict);
    // [/resume]
    Ok(())
}
