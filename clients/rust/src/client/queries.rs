//! What a service can be asked without changing anything.

use super::{Client, given};
use crate::convert::Decode;
use crate::{
    Error, FilesystemInfo, FrozenStatus, HoldInfo, Plan, Target, Targets, Watch, WatchOptions, pb,
};

const PAGE_SIZE: i32 = 100;

impl Client {
    /// The kernel's truth about one file system or block device, whoever froze it. Never blocks,
    /// changes nothing.
    pub async fn is_frozen(&self, target: impl Into<Target>) -> Result<FrozenStatus, Error> {
        let message = pb::IsFrozenRequest {
            target: Some(target.into().0),
        };
        let response = self
            .within(self.grpc().is_frozen(self.request(message)))
            .await?;
        Ok(Decode::decode(response))
    }

    /// What a hold would freeze, in which order, and what it would be refused for. Freezes nothing.
    pub async fn plan(&self, targets: impl Into<Targets>) -> Result<Plan, Error> {
        let Targets {
            named,
            all_freezable,
        } = targets.into();
        let message = pb::PlanFreezeRequest {
            targets: named,
            all_freezable,
        };
        let response = self
            .within(self.grpc().plan_freeze(self.request(message)))
            .await?;
        given(response.plan, "PlanFreeze")
    }

    /// Every local file system: can it be frozen, is it, by whom. Asks page by page.
    pub async fn list_filesystems(&self) -> Result<Vec<FilesystemInfo>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = pb::ListFilesystemsRequest {
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = self
                .within(self.grpc().list_filesystems(self.request(message)))
                .await?;
            all.extend(page.filesystems.into_iter().map(FilesystemInfo::decode));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// One hold, live or ended; an ended one with its receipt.
    pub async fn get_hold(&self, hold_id: impl Into<String>) -> Result<HoldInfo, Error> {
        let message = pb::GetHoldRequest {
            hold_id: hold_id.into(),
        };
        let response = self
            .within(self.grpc().get_hold(self.request(message)))
            .await?;
        given(response.hold, "GetHold")
    }

    /// Live holds and ended ones, newest first. Asks page by page.
    pub async fn list_holds(&self) -> Result<Vec<HoldInfo>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = pb::ListHoldsRequest {
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = self
                .within(self.grpc().list_holds(self.request(message)))
                .await?;
            all.extend(page.holds.into_iter().map(HoldInfo::decode));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Tells of holds: first the whole picture, then each change, until it is dropped.
    pub async fn watch(&self, options: WatchOptions) -> Result<Watch, Error> {
        let message = pb::WatchHoldsRequest {
            include_ended: options.include_ended,
        };
        // Without a deadline, which would end the watch.
        let events = self.grpc().watch_holds(message).await?.into_inner();
        Ok(Watch::new(events))
    }
}
