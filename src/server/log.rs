//! Setting up the log: one line for each event on standard error, as text or JSON.

use std::io::Write;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt;

use super::redact::Sink;

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogForm {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Returns a subscriber that writes what passes `filter` (`info`, or `info,countersign=debug`).
///
/// # Errors
/// When the filter is not understood.
pub fn subscriber<W: Write + Send + 'static>(
    form: LogForm,
    filter: &str,
    sink: Sink<W>,
) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    let common = fmt().with_env_filter(filter).with_ansi(false).with_writer(sink);
    Ok(match form {
        LogForm::Text => Box::new(common.finish()),
        LogForm::Json => Box::new(common.json().flatten_event(true).with_current_span(true).finish()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::redact::Redactor;
    use super::*;

    /// A place that can be looked at afterwards.
    #[derive(Clone, Default)]
    struct Place(Arc<Mutex<Vec<u8>>>);

    impl Write for Place {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(form: LogForm, filter: &str) -> String {
        let place = Place::default();
        let sink = Sink::new(Redactor::new([]).unwrap(), place.clone());
        tracing::subscriber::with_default(subscriber(form, filter, sink).unwrap(), || {
            tracing::info!(login = "ada\nroot", token = %"ghs_0123456789", "a delivery\nwas forged");
            tracing::debug!("chatter");
        });
        String::from_utf8(place.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn text_has_one_line_for_each_event() {
        let text = logged(LogForm::Text, "info");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("INFO") && text.contains("[redacted]") && !text.contains("ghs_"), "{text}");
        assert_eq!(logged(LogForm::Text, "debug").lines().count(), 2);
        assert!(subscriber(LogForm::Text, "a=b=c", Sink::new(Redactor::new([]).unwrap(), Vec::new())).is_err());
    }

    #[test]
    fn json_is_json() {
        let text = logged(LogForm::Json, "info");
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["message"], "a delivery\nwas forged");
        assert_eq!((event["level"].as_str(), event["token"].as_str()), (Some("INFO"), Some("[redacted]")));
    }
}
