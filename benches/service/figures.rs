//! What the system tells: of the machine, of a process, and of many waits.

use std::time::Duration;

/// Returns what a machine it is.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    format!("{cores} cores,{}", model.trim_start_matches(['\t', ':']))
}

/// Returns how busy the machine is.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load average {}", text.split(' ').next().unwrap_or_default())
}

/// Returns the processor seconds that a process has used. The system counts in hundredths.
pub fn processor_seconds(process: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The second field may hold anything in brackets.
    let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
    [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// Returns the resident memory of a process in MiB: now, and at its highest.
pub fn resident(process: u32) -> (f64, f64) {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let field = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Returns the wait that so many of a hundred did not exceed, in milliseconds.
pub fn percentile(sorted: &[Duration], share: usize) -> f64 {
    sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64)
        * 1000.0
}
