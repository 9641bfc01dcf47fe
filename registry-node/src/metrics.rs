//! What the node counts. Handles are registered once, so that counting is one
//! atomic addition; each node has its own set, so that several can run in one
//! process.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const METADATA: Metadata<'static> = Metadata::new("registry-node", Level::INFO, None);

const BATCH_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
const LATENCY_BUCKETS_S: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// The node's counters.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    started: Instant,
    /// By outcome; a handful of reasons, all known to the program.
    commands: Mutex<HashMap<&'static str, Counter>>,
    recorded: Counter,
    batch_entries: Histogram,
    commit_seconds: Histogram,
    queue_depth: Gauge,
    connections: Gauge,
    entries: Gauge,
    tree_size: Gauge,
    witnessed: Gauge,
    uptime_seconds: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let builder = PrometheusBuilder::new();
        // The only error is an empty list of buckets.
        let builder = [
            ("registry_batch_entries", BATCH_BUCKETS),
            ("registry_commit_seconds", LATENCY_BUCKETS_S),
        ]
        .into_iter()
        .fold(builder, |builder, (name, buckets)| {
            builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
                .unwrap_or_else(|_| PrometheusBuilder::new())
        });
        let recorder = builder.build_recorder();
        describe(&recorder);
        let gauge = |name: &'static str| recorder.register_gauge(&Key::from_name(name), &METADATA);
        let histogram =
            |name: &'static str| recorder.register_histogram(&Key::from_name(name), &METADATA);
        let version = vec![Label::new("version", env!("CARGO_PKG_VERSION"))];
        let build = Key::from_parts("registry_build_info", version);
        recorder.register_gauge(&build, &METADATA).set(1.0);
        Metrics {
            handle: recorder.handle(),
            started: Instant::now(),
            commands: Mutex::new(HashMap::new()),
            recorded: counter(&recorder, "RECORDED"),
            batch_entries: histogram("registry_batch_entries"),
            commit_seconds: histogram("registry_commit_seconds"),
            queue_depth: gauge("registry_queue_depth"),
            connections: gauge("registry_connections"),
            entries: gauge("registry_entries"),
            tree_size: gauge("registry_tree_size"),
            witnessed: gauge("registry_witnessed"),
            uptime_seconds: gauge("registry_uptime_seconds"),
            recorder,
        }
    }

    /// A command was recorded.
    pub(crate) fn recorded(&self) {
        self.recorded.increment(1);
    }

    /// A command was answered with something else.
    pub(crate) fn answered(&self, outcome: &'static str) {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.entry(outcome).or_insert_with(|| counter(&self.recorder, outcome)).increment(1);
    }

    /// A connection was taken, or not.
    pub(crate) fn connection(&self, outcome: &'static str) {
        let labels = vec![Label::new("outcome", outcome)];
        let key = Key::from_parts("registry_connections_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// A request for tiles was answered.
    pub(crate) fn tiles(&self, outcome: &'static str) {
        let labels = vec![Label::new("outcome", outcome)];
        let key = Key::from_parts("registry_tile_requests_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// A request was beyond a caller's budget.
    pub(crate) fn limited(&self, limit: &'static str) {
        let labels = vec![Label::new("limit", limit)];
        let key = Key::from_parts("registry_limited_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// A call was beyond the budget of the key that proved it.
    pub(crate) fn limited_key(&self) {
        self.limited("OF_KEY");
    }

    /// So many connections are in.
    pub(crate) fn connections(&self, count: usize) {
        self.connections.set(to_f64(count as u64));
    }

    /// A call was not let in.
    pub(crate) fn turned_away(&self, reason: &'static str) {
        let labels = vec![Label::new("reason", reason)];
        let key = Key::from_parts("registry_turned_away_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// The log took a batch.
    pub(crate) fn committed(&self, entries: usize, took: Duration, size: u64) {
        self.batch_entries.record(to_f64(entries as u64));
        self.commit_seconds.record(took.as_secs_f64());
        self.durable(size);
    }

    /// So many entries are durable.
    pub(crate) fn durable(&self, size: u64) {
        self.tree_size.set(to_f64(size));
    }

    /// So many entries are published.
    pub(crate) fn published(&self, size: u64) {
        self.entries.set(to_f64(size));
    }

    /// Something was published, with a quorum of witnesses or without.
    pub(crate) fn released(&self, is_witnessed: bool) {
        let outcome = if is_witnessed { "WITNESSED" } else { "UNWITNESSED" };
        let labels = vec![Label::new("outcome", outcome)];
        let key = Key::from_parts("registry_releases_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
        self.witnessed.set(if is_witnessed { 1.0 } else { 0.0 });
    }

    /// A witness was asked.
    pub(crate) fn witness(&self, name: &str, outcome: &'static str) {
        let labels = vec![Label::new("witness", name.to_owned()), Label::new("outcome", outcome)];
        let key = Key::from_parts("registry_witness_answers_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// So many commands wait.
    pub(crate) fn queue_depth(&self, depth: usize) {
        self.queue_depth.set(to_f64(depth as u64));
    }

    /// Moves samples into their buckets: to be called now and then.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// The page, in the Prometheus text format.
    pub(crate) fn render(&self) -> String {
        self.uptime_seconds.set(self.started.elapsed().as_secs_f64());
        self.handle.render()
    }
}

fn counter(recorder: &PrometheusRecorder, outcome: &'static str) -> Counter {
    let labels = vec![Label::new("outcome", outcome)];
    recorder.register_counter(&Key::from_parts("registry_commands_total", labels), &METADATA)
}

/// Metrics are floating point by format; amounts never pass through here.
fn to_f64(count: u64) -> f64 {
    count as f64
}

fn describe(recorder: &PrometheusRecorder) {
    let text = |text: &'static str| SharedString::const_str(text);
    recorder.describe_counter(
        "registry_commands_total".into(),
        None,
        text("Commands answered, by RECORDED, REPEATED or the reason of the refusal"),
    );
    recorder.describe_counter(
        "registry_turned_away_total".into(),
        None,
        text("Calls that were not let in, by the reason of the refusal"),
    );
    recorder.describe_counter(
        "registry_connections_total".into(),
        None,
        text("Connections that arrived, by what became of them"),
    );
    recorder.describe_counter(
        "registry_tile_requests_total".into(),
        None,
        text("Requests for checkpoint, hashes and entries over HTTP, by what was answered"),
    );
    recorder.describe_counter(
        "registry_releases_total".into(),
        None,
        text("Times that something was published, by whether a quorum of witnesses had seen it"),
    );
    recorder.describe_counter(
        "registry_witness_answers_total".into(),
        None,
        text("What witnesses answered, by their names in the policy"),
    );
    recorder.describe_counter(
        "registry_limited_total".into(),
        None,
        text("Requests and connections beyond a caller's budget, by which"),
    );
    recorder.describe_histogram(
        "registry_batch_entries".into(),
        None,
        text("Entries that one sync of the disk covered"),
    );
    recorder.describe_histogram(
        "registry_commit_seconds".into(),
        None,
        text("Time to decide, append and sync one batch"),
    );
    for (name, description) in [
        ("registry_queue_depth", "Commands that wait for the writer"),
        ("registry_connections", "Connections that are in"),
        ("registry_entries", "Entries that are published"),
        (
            "registry_tree_size",
            "Entries that are durable; those that are not published wait for witnesses",
        ),
        ("registry_witnessed", "1 when the newest checkpoint is cosigned by a quorum of witnesses"),
        ("registry_uptime_seconds", "Time since the start"),
        ("registry_build_info", "The version that runs"),
    ] {
        recorder.describe_gauge(name.into(), None, text(description));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_was_counted() {
        let metrics = Metrics::new();
        metrics.recorded();
        metrics.connection("TAKEN");
        metrics.connection("TAKEN");
        metrics.answered("UNITS_NOT_HELD");
        metrics.answered("UNITS_NOT_HELD");
        metrics.limited("READS");
        metrics.connections(5);
        metrics.committed(3, Duration::from_millis(2), 7);
        metrics.published(5);
        metrics.released(true);
        metrics.witness("w1", "COSIGNED");
        metrics.tiles("HASHES");
        let page = metrics.render();
        for line in [
            "registry_commands_total{outcome=\"RECORDED\"} 1",
            "registry_commands_total{outcome=\"UNITS_NOT_HELD\"} 2",
            "registry_connections_total{outcome=\"TAKEN\"} 2",
            "registry_limited_total{limit=\"READS\"} 1",
            "registry_connections 5",
            "registry_batch_entries_bucket{le=\"4\"} 1",
            "registry_commit_seconds_bucket{le=\"0.002\"} 1",
            "registry_entries 5",
            "registry_tree_size 7",
            "registry_witnessed 1",
            "registry_releases_total{outcome=\"WITNESSED\"} 1",
            "registry_witness_answers_total{witness=\"w1\",outcome=\"COSIGNED\"} 1",
            "registry_tile_requests_total{outcome=\"HASHES\"} 1",
            "registry_build_info{version=",
        ] {
            assert!(page.contains(line), "{line} in\n{page}");
        }
    }
}
