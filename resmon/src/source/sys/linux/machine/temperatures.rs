//! `/sys/class/hwmon`: what the sensors say, under the names node_exporter gives them.

use std::{ffi::CString, fs, path::Path};

use super::super::{
    file::{KeptFile, kept},
    parse,
};
use crate::source::sys::machine::RawTemperature;

/// Sensors beyond so many are left out.
const MOST: usize = 256;

/// The sensors of the machine, found once.
#[derive(Debug)]
pub(super) struct Temperatures {
    inputs: Vec<KeptFile<CString>>,
    found: Vec<RawTemperature>,
}

impl Temperatures {
    /// Those below `hwmon`, such as `/sys/class/hwmon`; none where it is not there.
    pub(super) fn find(hwmon: &Path) -> Self {
        let mut sensors = Vec::new();
        for folder in folders(hwmon) {
            let chip = chip(&folder);
            // Some chips of old kernels have their files one folder further in.
            for place in [folder.clone(), folder.join("device")] {
                for (input, sensor) in inputs(&place) {
                    sensors.push((chip.clone(), sensor, input));
                }
            }
        }
        sensors.sort();
        sensors.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
        sensors.truncate(MOST);
        let inputs = sensors.iter().map(|(_, _, input)| kept(input)).collect();
        let named = |(chip, sensor, _)| RawTemperature { chip, sensor, celsius: None };
        Self { inputs, found: sensors.into_iter().map(named).collect() }
    }

    /// Brings `temperatures` up to date.
    pub(super) fn read(&mut self, temperatures: &mut Vec<RawTemperature>) {
        for (input, sensor) in self.inputs.iter_mut().zip(&mut self.found) {
            let mut buffer = [0; 32];
            // A sensor that sleeps answers with an error: it has no temperature then.
            let millidegrees = input.read(&mut buffer).ok().and_then(parse::single::<i32>);
            sensor.celsius = millidegrees.map(|millidegrees| f64::from(millidegrees) / 1_000.0);
        }
        if temperatures.len() != self.found.len() {
            temperatures.clone_from(&self.found);
        }
        for (sensor, found) in temperatures.iter_mut().zip(&self.found) {
            sensor.celsius = found.celsius;
        }
    }
}

fn folders(of: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).collect()
}

/// The files of the temperatures in a folder, with what node_exporter calls the sensor.
fn inputs(folder: &Path) -> impl Iterator<Item = (std::path::PathBuf, String)> {
    folders(folder).into_iter().filter_map(|path| {
        let sensor = path.file_name()?.to_str()?.strip_suffix("_input")?.to_owned();
        let number = sensor.strip_prefix("temp")?;
        number.bytes().all(|b| b.is_ascii_digit()).then_some((path, sensor))
    })
}

/// The bus and the name of the device, or what the chip calls itself.
fn chip(folder: &Path) -> String {
    let end_of_link = |link: &str| {
        let target = fs::read_link(folder.join(link)).ok()?;
        Some(clean(target.file_name()?.to_str()?)).filter(|name| !name.is_empty())
    };
    if let (Some(bus), Some(device)) = (end_of_link("device/subsystem"), end_of_link("device")) {
        return format!("{bus}_{device}");
    }
    let name = fs::read_to_string(folder.join("name")).map(|name| clean(name.trim()));
    let folder_name = || clean(&folder.file_name().unwrap_or_default().to_string_lossy());
    name.ok().filter(|name| !name.is_empty()).unwrap_or_else(folder_name)
}

/// Small letters, digits and colons; underscores between the rest.
fn clean(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ':' || c == '_';
    let clean = |c: char| if allowed(c) { c } else { '_' };
    name.to_lowercase().chars().map(clean).collect::<String>().trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn sensors_have_the_names_of_their_chip_and_their_degrees() {
        let sys = std::env::temp_dir().join(format!("resmon-hwmon-{}", std::process::id()));
        let device = sys.join("devices/platform/coretemp.0");
        let chip = device.join("hwmon/hwmon3");
        fs::create_dir_all(&chip).unwrap();
        fs::create_dir_all(sys.join("bus/platform")).unwrap();
        fs::create_dir_all(sys.join("class/hwmon")).unwrap();
        symlink("../../bus/platform", device.join("subsystem")).unwrap();
        symlink("../../../coretemp.0", chip.join("device")).unwrap();
        symlink("../../devices/platform/coretemp.0/hwmon/hwmon3", sys.join("class/hwmon/hwmon3"))
            .unwrap();
        let named = sys.join("class/hwmon/hwmon0");
        fs::create_dir_all(&named).unwrap();
        for (path, text) in [
            (chip.join("temp1_input"), "47500\n"),
            (chip.join("temp2_input"), "unknown\n"),
            (chip.join("fan1_input"), "900\n"),
            (chip.join("temp1_max"), "99000\n"),
            (named.join("name"), "ACPI-TZ\n"),
            (named.join("temp1_input"), "-3250\n"),
        ] {
            fs::write(path, text).unwrap();
        }
        let mut temperatures = Temperatures::find(&sys.join("class/hwmon"));
        let mut read = Vec::new();
        for _ in 0..2 {
            temperatures.read(&mut read);
        }
        let shown: Vec<_> =
            read.iter().map(|t| (t.chip.as_str(), t.sensor.as_str(), t.celsius)).collect();
        let expected = [
            ("acpi_tz", "temp1", Some(-3.25)),
            ("platform_coretemp_0", "temp1", Some(47.5)),
            ("platform_coretemp_0", "temp2", None),
        ];
        assert_eq!(shown, expected);
        fs::remove_dir_all(sys).unwrap();
    }

    #[test]
    fn a_machine_without_sensors_has_none() {
        let mut read = Vec::new();
        Temperatures::find(Path::new("/no/such/folder")).read(&mut read);
        assert!(read.is_empty());
    }
}
