//! Where this process's control groups are in the file system: pure functions of two texts of `/proc`.

use std::path::{Path, PathBuf};

use super::super::{
    mountinfo::{mounts, path},
    text::lines,
};

/// A controller whose limits matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Cpu,
    /// CPU time: in version 2 it is that of `Cpu`.
    CpuAccount,
    Memory,
    Io,
    Pids,
    /// Pressure: no controller, told where version 2 is mounted.
    Pressure,
}

impl Controller {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Cpu => b"cpu",
            Self::CpuAccount => b"cpuacct",
            Self::Memory => b"memory",
            Self::Io => b"blkio",
            Self::Pids => b"pids",
            Self::Pressure => b"",
        }
    }
}

/// The interface of a hierarchy, which decides what its files are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// The folders of a process's group and of each ancestor that is visible, innermost first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) version: Version,
    pub(super) folders: Vec<PathBuf>,
    /// The process is in no group of its own: what is told is told of all processes.
    is_machine: bool,
}

impl Groups {
    /// Whether what the innermost group tells is told of the whole machine.
    pub(super) fn is_machine(&self) -> bool {
        self.is_machine
    }
}

/// Finds the groups that bind the process in one controller.
///
/// `cgroup` is the text of `/proc/self/cgroup`, `mountinfo` that of `/proc/self/mountinfo`.
/// On a hybrid machine some controllers are in version 1 hierarchies and the rest in version
/// 2, so that each is looked up alone.
pub(super) fn groups(cgroup: &[u8], mountinfo: &[u8], controller: Controller) -> Option<Groups> {
    let (version, group) = membership(cgroup, controller)?;
    let ours = mounts(mountinfo).filter(|mount| match version {
        Version::V1 => mount.fstype == b"cgroup" && lists(mount.options, controller.name()),
        Version::V2 => mount.fstype == b"cgroup2",
    });
    // Of several mounts, the one with the outermost root shows the most ancestors.
    let (mount, below) = ours
        .filter_map(|mount| {
            let below = group.strip_prefix(&mount.root).ok()?.to_owned();
            Some((mount, below))
        })
        .min_by_key(|(mount, _)| mount.root.components().count())?;
    // A group outside the cgroup namespace reads `/../other`: only the mount itself is visible.
    let below = if below.starts_with("..") { PathBuf::new() } else { below };
    // Version 2 has no such files at its root; a container's own root is never that.
    let is_machine =
        version == Version::V1 && mount.root == Path::new("/") && below.as_os_str().is_empty();
    let innermost = mount.point.join(below);
    let visible = innermost.ancestors().take_while(|folder| folder.starts_with(&mount.point));
    Some(Groups { version, folders: visible.map(trimmed).collect(), is_machine })
}

/// The path without a separator at its end, which joining nothing leaves behind.
fn trimmed(folder: &Path) -> PathBuf {
    folder.components().collect()
}

/// The hierarchy that has the controller, and the process's group in it.
fn membership(cgroup: &[u8], controller: Controller) -> Option<(Version, PathBuf)> {
    let mut unified = None;
    for line in lines(cgroup) {
        let mut fields = line.splitn(3, |&b| b == b':');
        let (Some(_id), Some(controllers), Some(group)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if controllers.is_empty() {
            unified = Some((Version::V2, path(group)));
        } else if lists(controllers, controller.name()) {
            return Some((Version::V1, path(group)));
        }
    }
    unified
}

fn lists(list: &[u8], name: &[u8]) -> bool {
    list.split(|&b| b == b',').any(|item| item == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(
        cgroup: &str,
        mountinfo: &str,
        controller: Controller,
    ) -> Option<(Version, Vec<String>)> {
        let groups = groups(cgroup.as_bytes(), mountinfo.as_bytes(), controller)?;
        let text = |folder: PathBuf| folder.to_string_lossy().into_owned();
        Some((groups.version, groups.folders.into_iter().map(text).collect()))
    }

    fn strings(folders: &[&str]) -> Vec<String> {
        folders.iter().map(ToString::to_string).collect()
    }

    const UNIFIED: &str =
        "24 23 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn version_2_walks_up_to_the_mount() {
        let cgroup = "0::/system.slice/pay.service\n";
        let expected = [
            "/sys/fs/cgroup/system.slice/pay.service",
            "/sys/fs/cgroup/system.slice",
            "/sys/fs/cgroup",
        ];
        for controller in [Controller::Cpu, Controller::Memory] {
            let found = folders(cgroup, UNIFIED, controller);
            assert_eq!(found, Some((Version::V2, strings(&expected))));
        }
    }

    #[test]
    fn hybrid_controllers_are_decided_one_by_one() {
        let cgroup = "4:memory:/a/b\n2:cpu,cpuacct:/jobs\n1:name=systemd:/x\n0::/user.slice\n";
        let mounts = "\
            31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let cpu = folders(cgroup, mounts, Controller::Cpu);
        let expected = strings(&["/sys/fs/cgroup/cpu,cpuacct/jobs", "/sys/fs/cgroup/cpu,cpuacct"]);
        assert_eq!(cpu, Some((Version::V1, expected)));
        // Its hierarchy is not mounted; the unified one does not have this controller.
        assert_eq!(folders(cgroup, mounts, Controller::Memory), None);
        let without_cpu = "4:memory:/a\n0::/user.slice\n";
        let expected = strings(&["/sys/fs/cgroup/unified/user.slice", "/sys/fs/cgroup/unified"]);
        assert_eq!(folders(without_cpu, mounts, Controller::Cpu), Some((Version::V2, expected)));
    }

    #[test]
    fn the_root_of_the_mount_is_stripped() {
        // Docker with version 1: the container's own group is mounted, not the hierarchy.
        let cgroup = "4:memory:/docker/c0ffee/inner\n";
        let mounts = "900 890 0:33 /docker/c0ffee /sys/fs/cgroup/memory ro master:15 - cgroup memory rw,memory\n";
        let expected = strings(&["/sys/fs/cgroup/memory/inner", "/sys/fs/cgroup/memory"]);
        assert_eq!(folders(cgroup, mounts, Controller::Memory), Some((Version::V1, expected)));
    }

    #[test]
    fn the_mount_with_the_outermost_root_wins() {
        let cgroup = "0::/pod/app\n";
        let mounts = format!("50 1 0:22 /pod /own rw - cgroup2 cgroup2 rw\n{UNIFIED}");
        let (_, found) = folders(cgroup, &mounts, Controller::Cpu).unwrap();
        assert_eq!(found[0], "/sys/fs/cgroup/pod/app");
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_group_outside_the_namespace_shows_the_mount_alone() {
        let found = folders("0::/../other\n", UNIFIED, Controller::Cpu);
        assert_eq!(found, Some((Version::V2, strings(&["/sys/fs/cgroup"]))));
    }

    #[test]
    fn escapes_and_colons_in_paths_are_understood() {
        let cgroup = "0::/odd:name\n";
        let mounts = "24 23 0:22 / /mnt/c\\040g\\134x rw - cgroup2 cgroup2 rw\n";
        let (_, found) = folders(cgroup, mounts, Controller::Cpu).unwrap();
        assert_eq!(found[0], "/mnt/c g\\x/odd:name");
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in ["", "\n\n", "::", "a:b", "0::", "1 2 3 4 5 - cgroup2", "\\", "- - - - - - - -"]
        {
            let _ = folders(text, text, Controller::Cpu);
            assert_eq!(folders(text, "", Controller::Cpu), None);
            assert_eq!(folders("0::/\n", text, Controller::Memory), None);
        }
        assert!(groups(b"0::/\xff\n", b"\xff\xfe", Controller::Cpu).is_none());
    }
}
