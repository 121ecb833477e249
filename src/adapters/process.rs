//! The only place that starts other programs: with an explicit environment, bounded input and
//! output, and an end in time.
//!
//! Nothing is inherited by accident: a child sees only the variables it is given. What a program
//! is run for belongs to the modules that run it.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How much a child may write and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes on standard output; more is an error.
    pub stdout: usize,
    /// Bytes kept of standard error; more is dropped.
    pub stderr: usize,
    /// From start to end.
    pub time: Duration,
}

impl Default for Limits {
    /// 16 MiB of output, 64 KiB of messages, 30 seconds.
    fn default() -> Self {
        Self { stdout: 16 << 20, stderr: 64 << 10, time: Duration::from_secs(30) }
    }
}

/// Whether the child may talk to the person at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Messages {
    /// Its standard error is captured.
    #[default]
    Captured,
    /// Its standard error is ours, so that `ssh-keygen` can ask for a touch or a passphrase.
    Shown,
}

/// A program to run.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Its absolute path, see [`find_program`].
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// All of its environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it runs; the current directory if not given.
    pub directory: Option<PathBuf>,
    /// What it reads on standard input.
    pub input: Vec<u8>,
    /// What becomes of its standard error.
    pub messages: Messages,
    /// Its bounds.
    pub limits: Limits,
}

/// What a program that ended by itself left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote on standard output.
    pub stdout: Vec<u8>,
    /// The first part of what it wrote on standard error, if captured.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Tells whether the exit code is 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// Returns the messages as one line of text, for an error; not yet safe for a terminal.
    #[must_use]
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// Why a program could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is nowhere on the search path.
    #[error("`{0}` was not found on the search path")]
    NotFound(String),
    /// It could not be started or waited for.
    #[error("cannot run {program}: {source}")]
    Start {
        /// Its path.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It took too long and was killed.
    #[error("{program} did not end within {limit:?}")]
    Timeout {
        /// Its path.
        program: String,
        /// The time it had.
        limit: Duration,
    },
    /// It wrote more than it may and was killed.
    #[error("{program} wrote more than {limit} bytes")]
    TooMuchOutput {
        /// Its path.
        program: String,
        /// The number of bytes it may write.
        limit: usize,
    },
    /// It ended with an error.
    #[error("{program} failed with {}: {complaint}", code_text(.code))]
    Failed {
        /// Its path.
        program: String,
        /// Its exit code; `None` when a signal ended it.
        code: Option<i32>,
        /// What it wrote on standard error, in one line.
        complaint: String,
    },
}

fn code_text(code: &Option<i32>) -> String {
    code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"))
}

/// Finds the program `name` in the absolute directories of `search_path` (the value of `PATH`).
///
/// # Errors
/// [`ProcessError::NotFound`] when no directory holds an executable file of that name.
pub fn find_program(name: &str, search_path: &OsStr) -> Result<PathBuf, ProcessError> {
    std::env::split_paths(search_path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| is_executable(candidate))
        .ok_or_else(|| ProcessError::NotFound(name.to_owned()))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Runs a program to its end, whatever its exit code is.
///
/// # Errors
/// [`ProcessError`] when it cannot be started, takes too long or writes too much; it is killed then.
pub fn run(call: &Call) -> Result<Output, ProcessError> {
    let started = Instant::now();
    let mut child = spawn(call).map_err(|source| start_error(call, source))?;
    let result = attend(call, &mut child, started + call.limits.time);
    if result.is_err() {
        // It may have ended meanwhile; either way it must be reaped and nothing else can be done.
        let _ = child.kill();
        let _ = child.wait();
    }
    result
}

/// Runs a program to its end and returns its standard output.
///
/// # Errors
/// As [`run`], and [`ProcessError::Failed`] when the exit code is not 0.
pub fn run_ok(call: &Call) -> Result<Vec<u8>, ProcessError> {
    let output = run(call)?;
    if output.is_success() {
        return Ok(output.stdout);
    }
    Err(failed(call, &output))
}

/// Returns the error that says how a program failed.
#[must_use]
pub fn failed(call: &Call, output: &Output) -> ProcessError {
    ProcessError::Failed { program: name(call), code: output.code, complaint: output.complaint() }
}

fn name(call: &Call) -> String {
    call.program.display().to_string()
}

/// Becomes another program: it takes this process over, with its streams and its number. Returns only when
/// that cannot be done. What was not written yet is lost: flush first.
#[cfg(unix)]
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place where programs are started")]
pub fn become_program(call: &Call) -> ProcessError {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(&call.program);
    command.args(&call.arguments).env_clear().envs(call.environment.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = &call.directory {
        command.current_dir(directory);
    }
    start_error(call, command.exec())
}

/// Becomes another program, which only Unix can do.
#[cfg(not(unix))]
#[must_use]
pub fn become_program(call: &Call) -> ProcessError {
    start_error(call, std::io::Error::from(std::io::ErrorKind::Unsupported))
}

fn start_error(call: &Call, source: std::io::Error) -> ProcessError {
    ProcessError::Start { program: name(call), source }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where children are started")]
fn spawn(call: &Call) -> std::io::Result<Child> {
    let mut command = Command::new(&call.program);
    command.args(&call.arguments).env_clear().envs(call.environment.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = &call.directory {
        command.current_dir(directory);
    }
    command.stdin(if call.input.is_empty() { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::piped());
    command.stderr(match call.messages {
        Messages::Captured => Stdio::piped(),
        Messages::Shown => Stdio::inherit(),
    });
    command.spawn()
}

/// Feeds the child, collects what it writes and waits for its end.
fn attend(call: &Call, child: &mut Child, deadline: Instant) -> Result<Output, ProcessError> {
    if let Some(mut stdin) = child.stdin.take() {
        let input = call.input.clone();
        // A child that does not read all of its input is no error: its exit code tells.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    let stderr = child.stderr.take().map(|pipe| collect(pipe, call.limits.stderr, true));
    let stdout = child.stdout.take().map(|pipe| collect(pipe, call.limits.stdout, false));
    let stdout = await_pipe(call, stdout, deadline)?;
    if stdout.len() > call.limits.stdout {
        return Err(ProcessError::TooMuchOutput { program: name(call), limit: call.limits.stdout });
    }
    let stderr = await_pipe(call, stderr, deadline)?;
    let code = await_end(call, child, deadline)?;
    Ok(Output { code, stdout, stderr })
}

/// Reads a pipe on a thread of its own: `limit` bytes and one more, so that excess shows, or, with
/// `drain`, the first `limit` bytes and the rest into nothing.
fn collect(mut pipe: impl Read + Send + 'static, limit: usize, drain: bool) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let keep = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(u64::from(!drain));
        let result = pipe.by_ref().take(keep).read_to_end(&mut bytes);
        let _ = sender.send(result.map(|_| bytes));
        if drain {
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
    });
    receiver
}

fn await_pipe(
    call: &Call,
    pipe: Option<Receiver<std::io::Result<Vec<u8>>>>,
    deadline: Instant,
) -> Result<Vec<u8>, ProcessError> {
    let Some(pipe) = pipe else { return Ok(Vec::new()) };
    match pipe.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(result) => result.map_err(|source| start_error(call, source)),
        Err(RecvTimeoutError::Timeout) => Err(timeout(call)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(start_error(call, std::io::Error::other("the thread that reads its output died")))
        }
    }
}

fn timeout(call: &Call) -> ProcessError {
    ProcessError::Timeout { program: name(call), limit: call.limits.time }
}

/// Waits for the end of a child that has closed its output, so that the wait is short.
fn await_end(call: &Call, child: &mut Child, deadline: Instant) -> Result<Option<i32>, ProcessError> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(status) = child.try_wait().map_err(|source| start_error(call, source))? {
            return Ok(status.code());
        }
        if Instant::now() >= deadline {
            return Err(timeout(call));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Call {
        Call { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()], ..Call::default() }
    }

    #[test]
    fn input_goes_in_and_output_and_exit_code_come_back() {
        let call = Call { input: b"hello".to_vec(), ..shell("read word; echo \"<$word>\"; echo no >&2; exit 3") };
        let output = run(&call).unwrap();
        assert_eq!(output.code, Some(3));
        assert_eq!(output.stdout, b"<hello>\n");
        assert_eq!(output.complaint(), "no");
        assert!(matches!(run_ok(&call), Err(ProcessError::Failed { code: Some(3), .. })));
    }

    #[test]
    fn nothing_is_inherited() {
        let call = Call {
            environment: vec![("ONLY".into(), "this".into())],
            ..shell("/usr/bin/env | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL=")
        };
        assert_eq!(run(&call).unwrap().stdout, b"ONLY=this\n");
    }

    #[test]
    fn a_child_that_hangs_is_ended() {
        let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
        let started = Instant::now();
        let result = run(&Call { limits, ..shell("exec sleep 20") });
        assert!(matches!(result, Err(ProcessError::Timeout { .. })));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn output_is_bounded_and_messages_are_cut() {
        let limits = Limits { stdout: 1000, stderr: 10, ..Limits::default() };
        let result = run(&Call { limits, ..shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxx; done") });
        assert!(matches!(result, Err(ProcessError::TooMuchOutput { limit: 1000, .. })));
        let output =
            run(&Call { limits, ..shell("i=0; while [ $i -lt 9999 ]; do echo $i >&2; i=$((i+1)); done") }).unwrap();
        assert_eq!(output.stderr.len(), 10);
    }

    #[test]
    fn programs_are_found_in_absolute_directories_only() {
        assert_eq!(find_program("sh", OsStr::new("relative:/nonexistent:/bin")).unwrap(), Path::new("/bin/sh"));
        assert!(matches!(find_program("sh", OsStr::new("bin:")), Err(ProcessError::NotFound(_))));
        assert!(matches!(find_program("passwd", OsStr::new("/etc")), Err(ProcessError::NotFound(_))));
    }
}
