//! Which file systems there are, each once however often it is mounted.

use std::path::{Path, PathBuf};

use super::super::mountinfo::{Mount, mounts};

/// What holds no data of its own, as node_exporter has it. An `overlay` counts where it is
/// the root, as in a container.
const NO_STORAGE: &[&[u8]] = &[
    b"autofs",
    b"binfmt_misc",
    b"bpf",
    b"cgroup",
    b"cgroup2",
    b"configfs",
    b"debugfs",
    b"devpts",
    b"devtmpfs",
    b"efivarfs",
    b"erofs",
    b"fusectl",
    b"hugetlbfs",
    b"iso9660",
    b"mqueue",
    b"nsfs",
    b"overlay",
    b"proc",
    b"pstore",
    b"ramfs",
    b"rpc_pipefs",
    b"securityfs",
    b"selinuxfs",
    b"squashfs",
    b"sysfs",
    b"tracefs",
];

/// Places where the system mounts for itself.
const NO_PLACES: &[&str] = &[
    "/dev",
    "/proc",
    "/sys",
    "/run/credentials",
    "/var/lib/docker",
    "/var/lib/containers/storage",
];

/// A file system whose space is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) device: String,
    pub(super) kind: String,
    pub(super) mountpoint: PathBuf,
}

/// Parses `mountinfo` into the file systems that hold data, in the order of their mounting.
pub(super) fn storage(text: &[u8]) -> Vec<Storage> {
    let mut found: Vec<(Mount<'_>, Storage)> = Vec::new();
    for mount in mounts(text) {
        if !holds_data(&mount) {
            continue;
        }
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let storage = Storage {
            device: lossy(mount.source),
            kind: lossy(mount.fstype),
            mountpoint: mount.point.clone(),
        };
        // What is mounted over another at the same place hides it: asked for its space, the
        // place tells that of the upper one.
        found.retain(|(_, known)| known.mountpoint != storage.mountpoint);
        match found.iter_mut().find(|(known, _)| known.device == mount.device) {
            // Bind mounts show a folder of it; the mount of the whole stands for it.
            Some(known) if depth(&mount) < depth(&known.0) => *known = (mount, storage),
            Some(_) => {}
            None => found.push((mount, storage)),
        }
    }
    found.into_iter().map(|(_, storage)| storage).collect()
}

fn depth(mount: &Mount<'_>) -> (usize, usize) {
    (mount.root.components().count(), mount.point.components().count())
}

fn holds_data(mount: &Mount<'_>) -> bool {
    let is_root = mount.point == Path::new("/");
    let within = |place: &&str| mount.point.starts_with(place);
    // A file that is bound into a container has no space of its own to tell of.
    is_root || !(NO_STORAGE.contains(&mount.fstype) || NO_PLACES.iter().any(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Vec<String> {
        let storage = storage(text.as_bytes());
        storage
            .iter()
            .map(|s| format!("{} {} {}", s.device, s.kind, s.mountpoint.display()))
            .collect()
    }

    #[test]
    fn each_device_counts_once_at_its_whole() {
        let text = "\
            22 27 0:21 / /proc rw,relatime - proc proc rw\n\
            25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw\n\
            50 27 8:1 /home/a /mnt/bound rw - ext4 /dev/sda1 rw\n\
            27 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
            51 27 8:1 / /mnt/again rw - ext4 /dev/sda1 rw\n\
            52 27 0:50 / /mnt/with\\040space rw master:1 - nfs4 server:/x rw\n\
            53 27 0:51 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
            54 27 0:52 / /run rw - tmpfs tmpfs rw\n";
        assert_eq!(
            points(text),
            ["/dev/sda1 ext4 /", "server:/x nfs4 /mnt/with space", "tmpfs tmpfs /run"]
        );
    }

    #[test]
    fn a_container_has_its_root_and_its_volumes() {
        let text = "\
            900 800 0:60 / / rw - overlay overlay rw,lowerdir=x\n\
            901 900 8:1 /var/lib/docker/containers/c/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n\
            902 900 8:1 /var/lib/docker/volumes/v/_data /data rw - ext4 /dev/sda1 rw\n";
        assert_eq!(points(text), ["overlay overlay /", "/dev/sda1 ext4 /data"]);
    }

    #[test]
    fn what_is_hidden_by_another_mount_is_not_told() {
        let text = "\
            20 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            21 20 0:61 / /data rw - tmpfs lower rw\n\
            22 20 0:62 / /data rw - tmpfs upper rw\n";
        assert_eq!(points(text), ["/dev/sda1 ext4 /", "upper tmpfs /data"]);
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in ["", "\n", "1 2 3", "1 2 3 4 5 6", "- - - - - - - -"] {
            assert!(storage(text.as_bytes()).is_empty(), "{text:?}");
        }
    }
}
