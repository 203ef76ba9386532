//! What a run of the program costs.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A run that takes longer is ended, and counts as one that hangs.
const LIMIT: Duration = Duration::from_secs(900);

/// How often memory is looked at.
const POLL: Duration = Duration::from_millis(20);

/// The program under test; the variable names another one to compare with.
pub fn program() -> OsString {
    std::env::var_os("WSPROOF_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_wsproof").into())
}

/// What a run took.
#[derive(Debug)]
pub struct Cost {
    pub time: Duration,
    /// Processor time of the program, in seconds; 0 where the system does not tell.
    pub work: f64,
    /// The most memory that was resident, in octets; 0 where the system does not tell.
    pub memory: u64,
    /// Octets of all files of the report.
    pub report: u64,
    /// `None`: it was ended by a signal, or hung.
    pub status: Option<i32>,
}

/// Starts the program in this folder.
pub fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("the program can be started")
}

/// Waits for its end.
pub fn finish(mut child: Child, begin: Instant, report: &Path) -> Cost {
    let (mut memory, mut work) = (0, 0.0);
    let status = loop {
        memory = peak_memory(child.id()).max(memory);
        work = processor_time(child.id()).max(work);
        match child.try_wait().expect("our own child") {
            Some(status) => break status.code(),
            None if begin.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => sleep(POLL),
        }
    };
    Cost { time: begin.elapsed(), work, memory, report: folder_size(report), status }
}

/// The most memory that was resident so far.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// User and system time so far. A tick is a hundredth of a second on every Linux that there is.
fn processor_time(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// Octets of all files in a folder.
pub fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
}
