//! The thread that owns the source, so that a screen never waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::ask::{self, Ask};
use super::debugger::Job;
use super::query::{self, Answer, Query};
use super::reply::Reply;
use crate::trace::source::{Control, ModelInfo, Pass, Progress, Source, SourceError};

/// Opens the source, on the worker's thread. An error is one text for a person.
pub type Opener = Box<dyn FnOnce() -> Result<Box<dyn Source>, String> + Send>;

/// What the worker tells, in order.
#[derive(Debug)]
pub enum WorkerReport {
    /// The source is open.
    Ready {
        model: Box<ModelInfo>,
        prompt: String,
        passes: Vec<Pass>,
    },
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
    /// The job's end: all passes as they now stand, or why it did not happen.
    JobDone {
        job: Job,
        result: Result<Vec<Pass>, String>,
    },
    /// What a printing command has to say.
    Replied(Result<Reply, String>),
    /// The source panicked and is gone; nothing more will come.
    Panicked(String),
}

enum Request {
    View {
        generation: u64,
        queries: Vec<Query>,
        cancel: Arc<AtomicBool>,
    },
    Job {
        job: Job,
        cancel: Arc<AtomicBool>,
    },
    Ask {
        ask: Ask,
        cancel: Arc<AtomicBool>,
    },
}

/// The worker as the screen's thread holds it. No method waits.
pub struct Worker {
    requests: Sender<Request>,
    reports: Receiver<WorkerReport>,
    generation: u64,
    view: Arc<AtomicBool>,
    jobs: Vec<Arc<AtomicBool>>,
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
            jobs: Vec::new(),
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

    /// Have a job done. Jobs and questions are done in order, before any view.
    pub fn job(&mut self, job: Job) {
        let cancel = self.begin();
        let _ = self.requests.send(Request::Job { job, cancel });
    }

    /// Have a printing command's question answered.
    pub fn ask(&mut self, ask: Ask) {
        let cancel = self.begin();
        let _ = self.requests.send(Request::Ask { ask, cancel });
    }

    /// Make way for something more urgent than the view.
    fn begin(&mut self) -> Arc<AtomicBool> {
        self.view.store(true, Ordering::Relaxed);
        let cancel = Arc::<AtomicBool>::default();
        self.jobs.push(cancel.clone());
        cancel
    }

    /// Stop whatever is asked and not done, at the next layer's end. Jobs report
    /// [`WorkerReport::JobDone`] with an error, views [`WorkerReport::Viewed`].
    pub fn cancel(&mut self) {
        self.view.store(true, Ordering::Relaxed);
        for job in &self.jobs {
            job.store(true, Ordering::Relaxed);
        }
    }

    /// Take note of a report.
    pub fn heard(&mut self, report: &WorkerReport) {
        match report {
            WorkerReport::Viewed { generation } => self.viewed = *generation,
            WorkerReport::JobDone { .. } | WorkerReport::Replied(_) if !self.jobs.is_empty() => {
                self.jobs.remove(0);
            }
            WorkerReport::Failed(_) | WorkerReport::Panicked(_) => {
                self.jobs.clear();
                self.viewed = u64::MAX;
            }
            _ => {}
        }
    }

    /// Whether a job or a question is asked and its end not yet reported.
    pub fn works(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Whether a job or a view is asked and its end not yet reported. Needs every report to have
    /// been given to [`Worker::heard`].
    pub fn busy(&self) -> bool {
        !self.jobs.is_empty() || self.viewed < self.generation
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
    let ready = WorkerReport::Ready {
        model: Box::new(source.model().clone()),
        prompt: source.prompt().to_owned(),
        passes: source.passes().to_vec(),
    };
    let _ = outbox.send(ready);
    while let Ok(first) = inbox.recv() {
        let mut view = None;
        for request in std::iter::once(first).chain(inbox.try_iter()) {
            match request {
                Request::Job { job, cancel } => {
                    let control = control(cancel, outbox);
                    let result = work(source.as_mut(), &job, &control);
                    let result = result.map(|()| source.passes().to_vec());
                    let result = result.map_err(|e| e.to_string());
                    let _ = outbox.send(WorkerReport::JobDone { job, result });
                }
                Request::Ask { ask, cancel } => {
                    let control = control(cancel, outbox);
                    let reply = ask::answer(source.as_mut(), &ask, &control);
                    let _ = outbox.send(WorkerReport::Replied(reply.map_err(|e| e.to_string())));
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
                let answer = query::answer(source.as_mut(), &query, &control);
                let answer = answer.map_err(|e| e.to_string());
                let _ = outbox.send(WorkerReport::Answered {
                    generation,
                    query,
                    answer,
                });
            }
            let _ = outbox.send(WorkerReport::Viewed { generation });
            // Once the first frame is there: a trace that is saved later will want it.
            source.start_hash();
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

fn work(source: &mut dyn Source, job: &Job, control: &Control) -> Result<(), SourceError> {
    match job {
        Job::Next { pass, choice } => source.next(*pass, choice, control),
        Job::Restart(prompt) => source.restart(prompt),
        Job::Save { path, hooks } => source.save(path, hooks, control),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::ask::About;
    use super::super::fake::Fake;
    use super::super::query::What;
    use super::*;
    use crate::trace::source::Choice;

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
        Query {
            pass: 0,
            point,
            what: What::Summary,
        }
    }

    fn next() -> Job {
        Job::Next {
            pass: 0,
            choice: Choice::Greedy,
        }
    }

    #[test]
    fn a_newer_view_replaces_an_older_one() {
        let (mut worker, open) = gated();
        assert!(matches!(hear(&mut worker), WorkerReport::Ready { .. }));
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
                answered.push((generation, query.point));
            }
        }
        assert_eq!(answered, [(newer, 9)]);
    }

    #[test]
    fn jobs_are_done_in_order_and_can_be_stopped() {
        let (mut worker, open) = gated();
        hear(&mut worker);
        worker.job(next());
        worker.job(next());
        open.send(()).unwrap();
        assert!(matches!(hear(&mut worker), WorkerReport::Progress(_)));
        worker.cancel();
        drop(open);
        let mut ends = Vec::new();
        while worker.busy() {
            if let WorkerReport::JobDone { result, .. } = hear(&mut worker) {
                ends.push(result.is_err());
            }
        }
        assert_eq!(ends, [true, true]);
        worker.job(next());
        let done = loop {
            if let WorkerReport::JobDone { result, .. } = hear(&mut worker) {
                break result;
            }
        };
        assert_eq!(done.unwrap().len(), 2);
        assert!(!worker.busy());
    }

    #[test]
    fn a_question_is_answered_before_the_view() {
        let (mut worker, open) = gated();
        hear(&mut worker);
        worker.view(vec![summary(1)]);
        open.send(()).unwrap();
        hear(&mut worker);
        worker.ask(Ask {
            pass: 0,
            point: 0,
            what: About::Info,
        });
        drop(open);
        let reply = loop {
            match hear(&mut worker) {
                WorkerReport::Replied(reply) => break reply,
                WorkerReport::Answered { answer, .. } => {
                    assert!(answer.is_err(), "the view came first");
                }
                _ => {}
            }
        };
        assert!(reply.unwrap().text().contains("embed"));
    }

    #[test]
    fn what_cannot_be_opened_or_panics_is_told_and_the_end() {
        let mut worker = Worker::start(Box::new(|| Err("no such model".into())));
        assert!(matches!(hear(&mut worker), WorkerReport::Failed(why) if why == "no such model"));
        let mut worker = Worker::start(Box::new(|| Ok(Box::new(Fake::new()))));
        hear(&mut worker);
        worker.job(Job::Restart("again".into()));
        let report = hear(&mut worker);
        assert!(matches!(report, WorkerReport::Panicked(why) if why == "the tensors are gone"));
        assert!(!worker.busy());
        // Nobody answers any more, and nobody waits.
        worker.view(vec![summary(0)]);
        worker.cancel();
    }
}
