//! A session that another program drives: requests in lines of JSON, answers in lines that carry their ids.
//! `docs/session.md` describes them.
//!
//! One thread reads, so that a request can be stopped while it is at work; the caller's thread owns the source
//! and does the requests in their order.

mod cut;
mod lines;
mod request;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::limited;
use super::batch::Batch;
use super::command::{self, Kind};
use super::dispatch::{Done, Task};
use super::reply::Reply;
use super::script::Script;
use super::warnings::warnings;
use crate::panics;
use crate::trace::query::{Answer, Job, Query};
use crate::trace::source::{Control, Progress, Source};
use cut::{Cut, cut};
use request::{Refused, Request, What};

/// Bytes of an answer where nobody says otherwise.
pub const LIMIT: usize = 1 << 16;

/// Requests that wait at once.
const WAITING: usize = 1024;

/// Between two events of one request's progress.
const EVERY: Duration = Duration::from_millis(100);

/// The limits and permissions of a session.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of an answer.
    pub limit: usize,
    /// Whether commands may read and write files.
    pub files: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `quit`, or no more lines.
    Asked,
    /// The source panicked, and what it holds cannot be trusted any more.
    Broken,
}

/// Serve a source to whoever writes requests to `input` and reads `output`, until it says `quit` or ends.
pub fn serve(
    source: &mut dyn Source,
    options: Options,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> End {
    let out = Out(Arc::new(Mutex::new(Box::new(output))));
    out.line(&ready(source, options));
    let (requests, waiting) = crossbeam_channel::bounded(WAITING);
    let flags = Flags::default();
    let (reader_out, reader_flags) = (out.clone(), flags.clone());
    // It ends with the input, or with the process.
    std::thread::spawn(move || read(input, &requests, &reader_flags, &reader_out));
    let mut batch = Batch::new(source, true);
    if !options.files {
        batch.refuse_files();
    }
    let mut session = Session {
        batch,
        options,
        out,
    };
    for request in waiting {
        let id = request.id.clone();
        let cancel = flags.of(&id);
        let done = panics::catch(|| session.answer(request, cancel));
        // Whoever reads the answer may use its id again.
        flags.forget(&id);
        let (line, end) = done.unwrap_or_else(|why| {
            let error = format!("the source panicked, and the session ends: {why}");
            (json!({ "id": id, "error": error }), Some(End::Broken))
        });
        session.out.line(&line);
        if let Some(end) = end {
            return end;
        }
    }
    End::Asked
}

/// The first line: what is served.
fn ready(source: &dyn Source, options: Options) -> Value {
    let model = source.model();
    let tokens = &source.passes()[0].tokens;
    json!({ "id": null, "ready": {
        "model": model.name, "family": model.family, "layers": model.n_layers,
        "dtype": model.dtype, "device": model.device,
        "prompt": source.prompt(), "tokens": tokens.len(), "passes": source.passes().len(),
        "warnings": warnings(model, source.passes()),
        "limit": options.limit, "files": options.files,
    } })
}

/// Where lines of answers go; each appears whole.
#[derive(Clone)]
struct Out(Arc<Mutex<Box<dyn Write + Send>>>);

impl Out {
    fn line(&self, value: &Value) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever does not read any more ends the input too.
        let _ = writeln!(out, "{value}").and_then(|()| out.flush());
    }
}

/// The wishes to stop, of each request that waits or is at work, by its id.
#[derive(Clone, Default)]
struct Flags(Arc<Mutex<HashMap<String, Arc<AtomicBool>>>>);

impl Flags {
    fn map<T>(&self, f: impl FnOnce(&mut HashMap<String, Arc<AtomicBool>>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the id was free.
    fn put(&self, id: &Value) -> bool {
        let free =
            |flags: &mut HashMap<_, _>| flags.insert(id.to_string(), Arc::default()).is_none();
        self.map(|flags| !flags.contains_key(&id.to_string()) && free(flags))
    }

    fn of(&self, id: &Value) -> Arc<AtomicBool> {
        self.map(|flags| flags.entry(id.to_string()).or_default().clone())
    }

    fn forget(&self, id: &Value) {
        self.map(|flags| flags.remove(&id.to_string()));
    }

    /// Whether there is a request to stop.
    fn stop(&self, id: &Value) -> bool {
        let flag = self.map(|flags| flags.get(&id.to_string()).cloned());
        flag.is_some_and(|flag| {
            flag.store(true, Ordering::Relaxed);
            true
        })
    }
}

/// Read requests until the input ends.
fn read(mut input: impl BufRead, requests: &Sender<Request>, flags: &Flags, out: &Out) {
    loop {
        let read = match lines::next(&mut input) {
            Ok(None) | Err(lines::Error::Io(_)) => return,
            Ok(Some(line)) => request::read(&line),
            Err(error) => Err(Refused {
                id: Value::Null,
                why: error.to_string(),
            }),
        };
        let refuse = |id: &Value, why: &str| out.line(&json!({ "id": id, "error": why }));
        match read {
            Err(Refused { id, why }) => refuse(&id, &why),
            Ok(Request {
                id,
                what: What::Cancel(of),
                ..
            }) => out.line(&json!({ "id": id, "cancelled": flags.stop(&of) })),
            Ok(request) if !flags.put(&request.id) => {
                refuse(&request.id, "a request of this `id` is not answered yet");
            }
            Ok(request) => match requests.try_send(request) {
                Ok(()) => {}
                Err(TrySendError::Full(request)) => {
                    flags.forget(&request.id);
                    let why = format!("{WAITING} requests wait: read some answers first");
                    refuse(&request.id, &why);
                }
                Err(TrySendError::Disconnected(_)) => return,
            },
        }
    }
}

/// The served session, as the thread that owns the source has it.
struct Session<'a> {
    batch: Batch<'a>,
    options: Options,
    out: Out,
}

/// The outcome of a request.
enum Said {
    Reply(Reply),
    Answer {
        answer: Answer,
        /// The shape of all that was asked for, where these are its first values.
        all: Option<Vec<usize>>,
    },
    Quit,
}

impl Session<'_> {
    /// The answer to a request, and whether the session ends with it.
    fn answer(&mut self, request: Request, cancel: Arc<AtomicBool>) -> (Value, Option<End>) {
        let Request { id, what, limit } = request;
        let limit = limit.unwrap_or(self.options.limit);
        let control = self.control(id.clone(), cancel);
        // A number and its comma have two bytes at least.
        self.batch.limit(limit / 2 + 1);
        let said = match (control.go_on(), what) {
            (Err(stopped), _) => Err(stopped.to_string()),
            (Ok(()), What::Command(line)) => self.command(&line, &control),
            (Ok(()), What::Query(query)) => self.query(query, limit / 2 + 1, &control),
            (Ok(()), What::Job(job)) => self.job(job, &control),
            // The reader has done it.
            (Ok(()), What::Cancel(_)) => Err("it is done".into()),
        };
        let line = match said {
            Ok(Said::Quit) => return (json!({ "id": id, "quit": true }), Some(End::Asked)),
            Ok(Said::Reply(mut reply)) => {
                let mut lost = Vec::new();
                whole_shapes(&mut reply, "", &mut lost);
                within(&id, "reply", &reply, lost, limit)
            }
            Ok(Said::Answer { mut answer, all }) => {
                let mut lost = Vec::new();
                if let (Answer::Values(values), Some(all)) = (&mut answer, all) {
                    lost.push(first_values("", values.data.len(), &all));
                    values.shape = all;
                }
                within(&id, "answer", &answer, lost, limit)
            }
            Err(why) => json!({ "id": id, "error": why }),
        };
        (line, None)
    }

    /// Stops when `cancel` says so; tells of progress now and then.
    fn control(&self, id: Value, cancel: Arc<AtomicBool>) -> Control {
        let (out, last) = (self.out.clone(), Mutex::new(None::<Instant>));
        let tell = move |Progress { at, done, total }: Progress| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_none_or(|last| last.elapsed() >= EVERY) {
                *last = Some(Instant::now());
                let progress = json!({ "at": at.to_string(), "done": done, "total": total });
                out.line(&json!({ "id": id, "progress": progress }));
            }
        };
        Control {
            cancel,
            progress: Some(Arc::new(tell)),
        }
    }

    fn command(&mut self, line: &str, control: &Control) -> Result<Said, String> {
        match command::parse(line).map_err(|e| e.to_string())?.kind {
            Kind::Write(what) => self.batch.may_use_files(what)?,
            Kind::Source(file) => {
                self.batch.may_use_files("source")?;
                return self.source(&file, control);
            }
            _ => {}
        }
        let reply = self.batch.run_with(line, control)?;
        Ok(reply.map_or(Said::Quit, Said::Reply))
    }

    /// Run the lines of a file.
    fn source(&mut self, file: &str, control: &Control) -> Result<Said, String> {
        let (mut script, mut replies) = (Script::default(), Vec::new());
        script.source(file)?;
        loop {
            control.go_on().map_err(|stopped| stopped.to_string())?;
            let line = script.next_line();
            let Some(line) = line.map_err(|(line, why)| line.complaint(&why))? else {
                return Ok(Said::Reply(Reply::Each { replies }));
            };
            let reply = self.batch.run_with(&line.text, control);
            match reply.map_err(|why| line.complaint(&why))? {
                Some(reply) => replies.push(reply),
                None => return Ok(Said::Quit),
            }
        }
    }

    fn query(&mut self, query: Query, most: usize, control: &Control) -> Result<Said, String> {
        let (query, all) = limited(query, self.batch.debugger(), most);
        match self.batch.perform(&Task::Query(query), control)? {
            Done::Answer(answer) => Ok(Said::Answer { answer, all }),
            _ => Err("the question has no answer".into()),
        }
    }

    fn job(&mut self, job: Job, control: &Control) -> Result<Said, String> {
        self.batch.job(job, control).map(Said::Reply)
    }
}

/// Give values that are the first of more the shape of all, and note what is lost.
fn whole_shapes(reply: &mut Reply, at: &str, lost: &mut Vec<Cut>) {
    match reply {
        Reply::Values {
            asked,
            shape,
            values,
            ..
        } if asked != shape => {
            lost.push(first_values(at, values.len(), asked));
            shape.clone_from(asked);
        }
        Reply::Each { replies } => {
            for (i, reply) in replies.iter_mut().enumerate() {
                whole_shapes(reply, &format!("{at}replies/{i}/"), lost);
            }
        }
        _ => {}
    }
}

fn first_values(at: &str, kept: usize, shape: &[usize]) -> Cut {
    Cut {
        at: format!("{at}values"),
        kept,
        of: shape.iter().product(),
    }
}

/// A line of at most about `limit` bytes, which says what it lacks.
fn within(id: &Value, field: &str, said: &impl Serialize, lost: Vec<Cut>, limit: usize) -> Value {
    let mut value = match serde_json::to_value(said) {
        Ok(value) => value,
        Err(error) => return json!({ "id": id, "error": error.to_string() }),
    };
    let mut cuts = cut(&mut value, limit);
    for lost in lost {
        match cuts.iter_mut().find(|cut| cut.at == lost.at) {
            Some(cut) => cut.of = lost.of,
            None => cuts.push(lost),
        }
    }
    let mut line = json!({ "id": id, field: value });
    if !cuts.is_empty() {
        line["cut"] = json!(cuts);
    }
    line
}
