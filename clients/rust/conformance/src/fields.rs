//! The fields of the commands, and what they mean to the client.

use std::time::Duration;

use fsfreezed::{
    FreezeOptions, HoldOptions, Hooks, Presync, PresyncMode, ReleaseOptions, ResumeOptions, Target,
    Targets, ThawOptions, Tls,
};
use serde::Deserialize;

use crate::driver::Events;
use crate::told::Failure;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fields {
    pub id: u64,
    pub r#do: String,
    pub r#as: String,
    pub client: String,
    pub hold: String,
    pub scope: String,
    pub watch: String,
    pub address: String,
    pub tls: Option<TlsFields>,
    pub timeout_ms: Option<u64>,
    pub keepalive_time_ms: Option<u64>,
    pub keepalive_timeout_ms: Option<u64>,
    targets: Option<TargetsField>,
    target: Option<TargetField>,
    options: OptionsFields,
    pub hold_id: Option<String>,
    pub resume_token: String,
    pub request_id: Option<String>,
    pub ttl_ms: Option<u64>,
    accept_unproven: Option<bool>,
    pub form: String,
    pub how: String,
    pub include_ended: bool,
    pub service: Option<String>,
    pub ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsFields {
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    server_name: Option<String>,
}

impl TlsFields {
    pub fn tls(self) -> Result<Tls, Failure> {
        let mut tls = Tls::new();
        if let Some(file) = self.ca {
            tls = tls.ca(std::fs::read(file)?);
        }
        if let (Some(certificate), Some(key)) = (self.certificate, self.key) {
            tls = tls.identity(std::fs::read(certificate)?, std::fs::read(key)?);
        }
        if let Some(name) = self.server_name {
            tls = tls.server_name(name);
        }
        Ok(tls)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OptionsFields {
    ttl_ms: Option<u64>,
    freeze_timeout_ms: Option<u64>,
    purpose: Option<String>,
    presync: Option<PresyncField>,
    hooks: Option<HooksField>,
    linger_ms: Option<u64>,
    auto_renew: Option<bool>,
    max_hold_ms: Option<u64>,
    accept_unproven: Option<bool>,
    freeze_on_open: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PresyncField {
    mode: Option<String>,
    timeout_ms: Option<u64>,
}

impl PresyncField {
    fn presync(self) -> Presync {
        let mut presync = Presync::default();
        presync.mode = self.mode.map(|mode| match mode.as_str() {
            "OFF" => PresyncMode::Off,
            _ => PresyncMode::UntilCalm,
        });
        presync.timeout = self.timeout_ms.map(Duration::from_millis);
        presync
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HooksField {
    names: Option<Vec<String>>,
    timeout_ms: Option<u64>,
}

impl HooksField {
    fn hooks(self) -> Hooks {
        let hooks = Hooks::named(self.names.unwrap_or_default());
        match self.timeout_ms {
            Some(ms) => hooks.timeout(Duration::from_millis(ms)),
            None => hooks,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TargetsField {
    List(Vec<TargetField>),
    #[serde(rename_all = "camelCase")]
    All {
        #[serde(rename = "allFreezable")]
        _all_freezable: bool,
        #[serde(default)]
        exclude: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TargetField {
    Path(String),
    #[serde(rename_all = "camelCase")]
    Named {
        path: Option<String>,
        block_device: Option<String>,
        device_number: Option<String>,
        filesystem_uuid: Option<String>,
        #[serde(default)]
        allow_subdirectory: bool,
        expect_uuid: Option<String>,
        expect_device: Option<String>,
    },
}

impl TargetField {
    fn target(self) -> Target {
        match self {
            Self::Path(path) => path.into(),
            Self::Named {
                path,
                block_device,
                device_number,
                filesystem_uuid,
                allow_subdirectory,
                expect_uuid,
                expect_device,
            } => {
                let by_number = || {
                    let (major, minor) = number(&device_number?);
                    Some(Target::device_number(major, minor))
                };
                let mut target = path
                    .map(Target::path)
                    .or(block_device.map(Target::block_device))
                    .or(filesystem_uuid.map(Target::filesystem_uuid))
                    .or_else(by_number)
                    .expect("a target")
                    .allow_subdirectory(allow_subdirectory);
                if let Some(uuid) = expect_uuid {
                    target = target.expect_uuid(uuid);
                }
                if let Some((major, minor)) = expect_device.as_deref().map(number) {
                    target = target.expect_device(major, minor);
                }
                target
            }
        }
    }
}

/// "7:3"
fn number(text: &str) -> (u32, u32) {
    let parsed = text
        .split_once(':')
        .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    parsed.expect("a device number")
}

/// The options that `hold` and `freeze` have in common.
macro_rules! settings {
    ($options:expr, $fields:expr) => {{
        let mut options = $options;
        if let Some(ms) = $fields.ttl_ms {
            options = options.ttl(Duration::from_millis(ms));
        }
        if let Some(ms) = $fields.freeze_timeout_ms {
            options = options.freeze_timeout(Duration::from_millis(ms));
        }
        if let Some(purpose) = $fields.purpose {
            options = options.purpose(purpose);
        }
        if let Some(presync) = $fields.presync {
            options = options.presync(presync.presync());
        }
        if let Some(hooks) = $fields.hooks {
            options = options.hooks(hooks.hooks());
        }
        options
    }};
}

/// The options that `hold` and `resume` have in common.
macro_rules! behaviour {
    ($options:expr, $fields:expr, $events:expr) => {{
        let events: Events = $events;
        let mut options = $options
            .on_progress(events.progress())
            .on_expiring(events.expiring())
            .on_renew_failed(events.renew_failed());
        if let Some(ms) = $fields.linger_ms {
            options = options.linger(Duration::from_millis(ms));
        }
        if let Some(auto_renew) = $fields.auto_renew {
            options = options.auto_renew(auto_renew);
        }
        if let Some(ms) = $fields.max_hold_ms {
            options = options.max_hold(Duration::from_millis(ms));
        }
        if let Some(accept) = $fields.accept_unproven {
            options = options.accept_unproven(accept);
        }
        options
    }};
}

impl Fields {
    pub fn targets(&mut self) -> Targets {
        match self.targets.take().expect("targets") {
            TargetsField::List(list) => list.into_iter().map(TargetField::target).collect(),
            TargetsField::All { exclude, .. } => Targets::all_freezable_except(exclude),
        }
    }

    pub fn target(&mut self) -> Target {
        self.target.take().expect("a target").target()
    }

    pub fn hold_options(&mut self, events: Events) -> HoldOptions {
        let fields = std::mem::take(&mut self.options);
        let freeze_on_open = fields.freeze_on_open;
        let options = behaviour!(HoldOptions::new(), &fields, events);
        let options = settings!(options, fields);
        match freeze_on_open {
            Some(freeze) => options.freeze_on_open(freeze),
            None => options,
        }
    }

    pub fn resume_options(&mut self, events: Events) -> ResumeOptions {
        let fields = std::mem::take(&mut self.options);
        let options = behaviour!(ResumeOptions::new(), &fields, events);
        match fields.ttl_ms {
            Some(ms) => options.ttl(Duration::from_millis(ms)),
            None => options,
        }
    }

    pub fn freeze_options(&mut self) -> FreezeOptions {
        let fields = std::mem::take(&mut self.options);
        let options = settings!(FreezeOptions::new(), fields);
        match self.request_id.take() {
            Some(id) => options.request_id(id),
            None => options,
        }
    }

    pub fn thaw_options(&self) -> ThawOptions {
        match self.accept_unproven {
            Some(accept) => ThawOptions::new().accept_unproven(accept),
            None => ThawOptions::new(),
        }
    }

    pub fn release_options(&self) -> ReleaseOptions {
        match self.accept_unproven {
            Some(accept) => ReleaseOptions::new().accept_unproven(accept),
            None => ReleaseOptions::new(),
        }
    }

    pub fn ttl(&self) -> Option<Duration> {
        self.ttl_ms.map(Duration::from_millis)
    }
}
