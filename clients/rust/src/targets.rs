//! What to freeze.

use std::path::{Path, PathBuf};

use crate::error::ConfigError;
use crate::{DeviceNumber, pb};

/// Names one file system. A text is the path of a mount point, in the service's mount namespace.
///
/// ```
/// use fsfreezed::Target;
///
/// let by_path = Target::from("/srv");
/// let below = Target::path("/srv/data").allow_subdirectory(true);
/// let by_device = Target::block_device("/dev/vg/srv").expect_uuid("6f2a9d0c");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Target(pub(crate) pb::Target);

impl Target {
    /// The absolute path of a mount point; with [`allow_subdirectory`](Self::allow_subdirectory) of
    /// a directory below it too.
    pub fn path(path: impl Into<String>) -> Self {
        Self::named(pb::target::Target::Path(path.into()))
    }

    /// The absolute path of a block device: the file system on it. Any member of a btrfs will do.
    pub fn block_device(path: impl Into<String>) -> Self {
        Self::named(pb::target::Target::BlockDevice(path.into()))
    }

    /// The number of a superblock, the third field of /proc/self/mountinfo, or of a block device that
    /// the file system lies on.
    pub fn device_number(major: u32, minor: u32) -> Self {
        let number = DeviceNumber { major, minor };
        Self::named(pb::target::Target::DeviceNumber(number.into()))
    }

    /// A UUID as blkid(8) prints it.
    pub fn filesystem_uuid(uuid: impl Into<String>) -> Self {
        Self::named(pb::target::Target::FilesystemUuid(uuid.into()))
    }

    /// Takes a path that is a directory below the mount point. Default: false, because the path of a
    /// volume that is not mounted names the file system underneath.
    pub fn allow_subdirectory(mut self, allow: bool) -> Self {
        self.0.allow_subdirectory = allow;
        self
    }

    /// Refused with [`TargetMismatch`](crate::Reason::TargetMismatch) unless the file system has
    /// this UUID.
    pub fn expect_uuid(mut self, uuid: impl Into<String>) -> Self {
        self.0.expect_uuid = uuid.into();
        self
    }

    /// Refused with [`TargetMismatch`](crate::Reason::TargetMismatch) unless the file system lies on
    /// this device.
    pub fn expect_device(mut self, major: u32, minor: u32) -> Self {
        self.0.expect_device = Some(DeviceNumber { major, minor }.into());
        self
    }

    fn named(target: pb::target::Target) -> Self {
        Self(pb::Target {
            target: Some(target),
            ..Default::default()
        })
    }
}

impl From<&str> for Target {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl From<String> for Target {
    fn from(path: String) -> Self {
        Self::path(path)
    }
}

impl From<&String> for Target {
    fn from(path: &String) -> Self {
        Self::path(path)
    }
}

/// Paths that are not UTF-8 cannot be written in the contract: use [`Target::device_number`].
impl TryFrom<&Path> for Target {
    type Error = ConfigError;

    fn try_from(path: &Path) -> Result<Self, ConfigError> {
        path.to_str().map(Self::path).ok_or_else(|| {
            ConfigError::new(format!(
                "{path:?} is not UTF-8: name it by its device number"
            ))
        })
    }
}

impl TryFrom<PathBuf> for Target {
    type Error = ConfigError;

    fn try_from(path: PathBuf) -> Result<Self, ConfigError> {
        path.as_path().try_into()
    }
}

/// What to freeze, all or nothing: 1 to 256 targets, or all that can be frozen.
///
/// Made from a [`Target`], from a list of them, or from what a target is made from: `"/srv"`,
/// `["/srv", "/var/lib/db"]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    pub(crate) named: Vec<pb::Target>,
    pub(crate) all_freezable: Option<pb::AllFreezable>,
}

impl Targets {
    /// Every local file system that can be frozen. One that somebody else has frozen is a failure.
    pub fn all_freezable() -> Self {
        Self::all_freezable_except::<&str>([])
    }

    /// The same but for those with a mount point that one of the patterns matches: `*` and `?` within
    /// one component of its path, `**` across them.
    pub fn all_freezable_except<T: Into<String>>(patterns: impl IntoIterator<Item = T>) -> Self {
        Self {
            named: Vec::new(),
            all_freezable: Some(pb::AllFreezable {
                exclude_patterns: patterns.into_iter().map(Into::into).collect(),
            }),
        }
    }
}

impl<T: Into<Target>> FromIterator<T> for Targets {
    fn from_iter<I: IntoIterator<Item = T>>(targets: I) -> Self {
        Self {
            named: targets.into_iter().map(|target| target.into().0).collect(),
            all_freezable: None,
        }
    }
}

impl<T: Into<Target>> From<T> for Targets {
    fn from(target: T) -> Self {
        [target].into_iter().collect()
    }
}

impl<T: Into<Target>, const N: usize> From<[T; N]> for Targets {
    fn from(targets: [T; N]) -> Self {
        targets.into_iter().collect()
    }
}

impl<T: Into<Target>> From<Vec<T>> for Targets {
    fn from(targets: Vec<T>) -> Self {
        targets.into_iter().collect()
    }
}

impl<T: Into<Target> + Clone> From<&[T]> for Targets {
    fn from(targets: &[T]) -> Self {
        targets.iter().cloned().collect()
    }
}
