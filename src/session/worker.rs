//! The thread that owns the source, so that a screen never waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::dispatch::{self, Done, State, Task, perform};
use crate::trace::query::{Answer, Job, Query};
use crate::trace::source::{Control, Progress, Source};

/// Opens the source, on the worker's thread. An error is one text for a person.
pub type Opener = Box<dyn FnOnce() -> Result<Box<dyn Source>, String> + Send>;

/// A report of the worker; reports come in order.
#[derive(Debug)]
pub enum WorkerReport {
    /// The source is open.
    Ready(Box<State>),
    /// The source could not be opened; nothing more will come.
    Failed(String),
    /// One answer of the view of this generation, in the order its queries were given.
    Answered {
        generation: u64,
        query: Query,
        answer: Result<Answer, String>,
    },
    /// Nothing more will come for the view of this generation or older ones.
    Viewed { generation: u64 },
    /// Layers run for the job or the view at work.
    Progress(Progress),
    /// The end of a task: what came of it, or why it did not happen.
    Done {
        task: Task,
        result: Result<Done, String>,
    },
    /// The source panicked and is gone; nothing more will come.
    Panicked(String),
}

enum Request {
    View {
        generation: u64,
        queries: Vec<Query>,
        cancel: Arc<AtomicBool>,
    },
    Task {
        task: Task,
        cancel: Arc<AtomicBool>,
    },
}

/// The worker as the screen's thread holds it. No method waits.
pub struct Worker {
    requests: Sender<Request>,
    reports: Receiver<WorkerReport>,
    generation: u64,
    view: Arc<AtomicBool>,
    tasks: Vec<Arc<AtomicBool>>,
    viewed: u64,
}

impl Worker {
    /// Start the thread; it opens the source first and reports [`WorkerReport::Ready`].
    pub fn start(opener: Opener) -> Worker {
        let (requests, inbox) = crossbeam_channel::unbounded();
        let (outbox, reports) = crossbeam_channel::unbounded();
        let failed = outbox.clone();
        let body = move || {
            let last = outbox.clone();
            let work = AssertUnwindSafe(|| serve(opener, &inbox, &outbox));
            if let Err(panic) = catch_unwind(work) {
                let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                let _ = last.send(WorkerReport::Panicked(text.unwrap_or_default()));
            }
        };
        if let Err(e) = std::thread::Builder::new()
            .name("source".into())
            .spawn(body)
        {
            let _ = failed.send(WorkerReport::Failed(format!("cannot start a thread: {e}")));
        }
        Worker {
            requests,
            reports,
            generation: 0,
            view: Arc::default(),
            tasks: Vec::new(),
            viewed: 0,
        }
    }

    /// Where reports arrive; use it in a `select!`.
    pub fn reports(&self) -> &Receiver<WorkerReport> {
        &self.reports
    }

    /// Ask for all a screen shows, most wanted first. It replaces every earlier view: what of those
    /// is not answered yet never will be. Returns the view's generation.
    pub fn view(&mut self, queries: Vec<Query>) -> u64 {
        self.view.store(true, Ordering::Relaxed);
        self.view = Arc::default();
        self.generation += 1;
        let _ = self.requests.send(Request::View {
            generation: self.generation,
            queries,
            cancel: self.view.clone(),
        });
        self.generation
    }

    /// Have something done. Tasks are done in order, before any view.
    pub fn task(&mut self, task: Task) {
        let cancel = self.begin();
        let _ = self.requests.send(Request::Task { task, cancel });
    }

    /// Make way for something more urgent than the view.
    fn begin(&mut self) -> Arc<AtomicBool> {
        self.view.store(true, Ordering::Relaxed);
        let cancel = Arc::<AtomicBool>::default();
        self.tasks.push(cancel.clone());
        cancel
    }

    /// Stop whatever is asked and not done, at the next layer's end. Tasks report
    /// [`WorkerReport::Done`] with an error, views [`WorkerReport::Viewed`].
    pub fn cancel(&mut self) {
        self.view.store(true, Ordering::Relaxed);
        for task in &self.tasks {
            task.store(true, Ordering::Relaxed);
        }
    }

    /// Take note of a report.
    pub fn heard(&mut self, report: &WorkerReport) {
        match report {
            WorkerReport::Viewed { generation } => self.viewed = *generation,
            WorkerReport::Done { .. } if !self.tasks.is_empty() => {
                self.tasks.remove(0);
            }
            WorkerReport::Failed(_) | WorkerReport::Panicked(_) => {
                self.tasks.clear();
                self.viewed = u64::MAX;
            }
            _ => {}
        }
    }

    /// Whether a task is under way: its end is not yet reported.
    pub fn works(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Whether a task or a view is asked and its end not yet reported. Needs every report to have
    /// been given to [`Worker::heard`].
    pub fn busy(&self) -> bool {
        !self.tasks.is_empty() || self.viewed < self.generation
    }
}

fn serve(opener: Opener, inbox: &Receiver<Request>, outbox: &Sender<WorkerReport>) {
    let mut source = match opener() {
        Ok(source) => source,
        Err(text) => {
            let _ = outbox.send(WorkerReport::Failed(text));
            return;
        }
    };
    let ready = WorkerReport::Ready(Box::new(State::of(source.as_ref())));
    let _ = outbox.send(ready);
    while let Ok(first) = inbox.recv() {
        let mut view = None;
        for request in std::iter::once(first).chain(inbox.try_iter()) {
            match request {
                Request::Task { task, cancel } => {
                    let result = perform(source.as_mut(), &task, &control(cancel, outbox));
                    let result = result.map_err(|e| e.to_string());
                    let _ = outbox.send(WorkerReport::Done { task, result });
                }
                request => view = Some(request),
            }
        }
        if let Some(Request::View {
            generation,
            queries,
            cancel,
        }) = view
        {
            let control = control(cancel.clone(), outbox);
            for query in queries {
                if cancel.load(Ordering::Relaxed) {
                    break;
                }
                let answer = dispatch::answer(source.as_mut(), &query, &control);
                let answer = answer.map_err(|e| e.to_string());
                let _ = outbox.send(WorkerReport::Answered {
                    generation,
                    query,
                    answer,
                });
            }
            let _ = outbox.send(WorkerReport::Viewed { generation });
            // Once the first frame is there: a trace that is saved later will want it.
            let _ = source.run(&Job::StartHash, &Control::default());
        }
    }
}

fn control(cancel: Arc<AtomicBool>, outbox: &Sender<WorkerReport>) -> Control {
    let outbox = outbox.clone();
    Control {
        cancel,
        progress: Some(Arc::new(move |progress| {
            let _ = outbox.send(WorkerReport::Progress(progress));
        })),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::ask::Ask;
    use super::super::fake::{self, Fake};
    use super::*;
    use crate::trace::query::Choice;

    /// A worker on a source that waits at every layer for the sender.
    fn gated() -> (Worker, Sender<()>) {
        let (open, gate) = crossbeam_channel::unbounded();
        let mut fake = Fake::new();
        fake.gate = Some(gate);
        (Worker::start(Box::new(|| Ok(Box::new(fake)))), open)
    }

    fn hear(worker: &mut Worker) -> WorkerReport {
        let report = worker.reports().recv_timeout(Duration::from_secs(10));
        let report = report.expect("a report");
        worker.heard(&report);
        report
    }

    fn summary(point: usize) -> Query {
        Query::Summary {
            pass: 0,
            point: fake::passes()[0].plan.points()[point].name.clone(),
        }
    }

    fn next() -> Task {
        Task::Job(Job::Next {
            pass: 0,
            choice: Choice::Greedy,
        })
    }

    #[test]
    fn a_newer_view_replaces_an_older_one() {
        let (mut worker, open) = gated();
        assert!(matches!(hear(&mut worker), WorkerReport::Ready(_)));
        worker.view((0..9).map(summary).collect());
        // It is at the first query when the newer view comes.
        open.send(()).unwrap();
        assert!(matches!(hear(&mut worker), WorkerReport::Progress(_)));
        let newer = worker.view(vec![summary(9)]);
        drop(open);
        let mut answered = Vec::new();
        while worker.busy() {
            if let WorkerReport::Answered {
                generation,
                query,
                answer: Ok(_),
            } = hear(&mut worker)
            {
                answered.push((generation, query));
            }
        }
        assert_eq!(answered, [(newer, summary(9))]);
    }

    #[test]
    fn jobs_are_done_in_order_and_can_be_stopped() {
        let (mut worker, open) = gated();
        hear(&mut worker);
        worker.task(next());
        worker.task(next());
        open.send(()).unwrap();
        assert!(matches!(hear(&mut worker), WorkerReport::Progress(_)));
        worker.cancel();
        drop(open);
        let mut ends = Vec::new();
        while worker.busy() {
            if let WorkerReport::Done { result, .. } = hear(&mut worker) {
                ends.push(result.is_err());
            }
        }
        assert_eq!(ends, [true, true]);
        worker.task(next());
        let done = loop {
            if let WorkerReport::Done { result, .. } = hear(&mut worker) {
                break result;
            }
        };
        assert!(matches!(done, Ok(Done::Job { state, .. }) if state.passes.len() == 2));
        assert!(!worker.busy());
    }

    #[test]
    fn a_question_is_answered_before_the_view() {
        let (mut worker, open) = gated();
        hear(&mut worker);
        worker.view(vec![summary(1)]);
        open.send(()).unwrap();
        hear(&mut worker);
        worker.task(Task::Ask(Ask::One(summary(0))));
        drop(open);
        let reply = loop {
            match hear(&mut worker) {
                WorkerReport::Done { result, .. } => break result,
                WorkerReport::Answered { answer, .. } => {
                    assert!(answer.is_err(), "the view came first");
                }
                _ => {}
            }
        };
        assert!(matches!(reply, Ok(Done::Reply(reply)) if reply.text().contains("embed")));
    }

    #[test]
    fn what_cannot_be_opened_or_panics_is_told_and_the_end() {
        let mut worker = Worker::start(Box::new(|| Err("no such model".into())));
        assert!(matches!(hear(&mut worker), WorkerReport::Failed(why) if why == "no such model"));
        let mut worker = Worker::start(Box::new(|| Ok(Box::new(Fake::new()))));
        hear(&mut worker);
        let prompt = "again".into();
        worker.task(Task::Job(Job::Restart { prompt }));
        let report = hear(&mut worker);
        assert!(matches!(report, WorkerReport::Panicked(why) if why == "the tensors are gone"));
        assert!(!worker.busy());
        // Nobody answers any more, and nobody waits.
        worker.view(vec![summary(0)]);
        worker.cancel();
    }
}
