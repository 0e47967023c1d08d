//! A playground on a thread of its own: command lines go in, what they say and snapshots come out.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, unbounded};

use super::batch;
use super::command::{Command, MOST_EPOCHS, parse};
use super::inside::Moment;
use super::now::End;
use super::reply::Reply;
use super::run::{Playground, WITHOUT_RESET};
use super::snapshot::Snapshot;

/// Time between two snapshots of a run: thirty a second.
const FRAME: Duration = Duration::from_millis(33);
/// How long a run trains before it looks for commands.
const TURN: Duration = Duration::from_millis(4);

#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A command line. `run` without a number runs until it is paused or its stop condition holds.
    Line(String),
    Pause,
    /// Epochs a second that a run takes; as many as it can where none is given.
    Speed(Option<u32>),
}

/// The playground after something happened, and what was said to it.
#[derive(Clone, Debug)]
pub struct Report {
    pub snapshot: Snapshot,
    pub running: bool,
    /// How many asks were obeyed so far.
    pub obeyed: u64,
    pub said: Option<Said>,
}

#[derive(Clone, Debug)]
pub enum Said {
    Reply {
        line: String,
        reply: Box<Reply>,
    },
    Failed {
        line: String,
        why: String,
    },
    /// A run ended by itself.
    Ended(End),
    Quit,
}

/// The handle of the thread, which ends when it is dropped.
#[derive(Debug)]
pub struct Trainer {
    asks: Sender<Ask>,
    reports: Receiver<Report>,
}

impl Trainer {
    /// Start the thread. Its first report comes at once.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(playground: Playground) -> std::io::Result<Trainer> {
        let (asks, asked) = unbounded();
        let (send, reports) = unbounded();
        let work = Work {
            playground,
            reports: send,
            left: 0,
            is_begun: false,
            turn: 1,
            speed: None,
            since: (Instant::now(), 0),
            reported: Instant::now(),
            moment: None,
            obeyed: 0,
        };
        thread::Builder::new()
            .name("trainer".into())
            .spawn(move || work.go(&asked))?;
        Ok(Trainer { asks, reports })
    }

    /// Ask for something; whether the thread is still there.
    pub fn ask(&self, ask: Ask) -> bool {
        self.asks.send(ask).is_ok()
    }

    pub fn reports(&self) -> &Receiver<Report> {
        &self.reports
    }
}

struct Work {
    playground: Playground,
    reports: Sender<Report>,
    /// Epochs that the run still takes; 0 where there is none.
    left: usize,
    /// Whether the run has taken its first epoch.
    is_begun: bool,
    /// Epochs that are trained before commands are looked for.
    turn: usize,
    speed: Option<u32>,
    /// When the run's pace began to count, and the epochs since.
    since: (Instant, u64),
    reported: Instant,
    moment: Option<Moment>,
    obeyed: u64,
}

impl Work {
    fn go(mut self, asked: &Receiver<Ask>) {
        self.report(None);
        loop {
            let ask = match (self.left, self.wait()) {
                (0, _) => asked.recv().map(Some).map_err(|_| ()),
                (_, Some(wait)) => match asked.recv_timeout(wait) {
                    Ok(ask) => Ok(Some(ask)),
                    Err(RecvTimeoutError::Timeout) => Ok(None),
                    Err(RecvTimeoutError::Disconnected) => Err(()),
                },
                (_, None) => match asked.try_recv() {
                    Ok(ask) => Ok(Some(ask)),
                    Err(TryRecvError::Empty) => Ok(None),
                    Err(TryRecvError::Disconnected) => Err(()),
                },
            };
            match ask {
                Ok(Some(ask)) => {
                    let said = self.obey(ask);
                    self.obeyed += 1;
                    self.report(said);
                }
                Ok(None) => self.train(),
                Err(()) => return,
            }
        }
    }

    /// The time until the next epoch of a run that has a pace; `None` where it is due.
    fn wait(&self) -> Option<Duration> {
        let (start, epochs) = self.since;
        let due = Duration::from_secs_f64(epochs as f64 / f64::from(self.speed?));
        due.checked_sub(start.elapsed())
            .filter(|wait| !wait.is_zero())
    }

    fn train(&mut self) {
        let epochs = match self.speed {
            Some(_) => 1,
            None => self.turn.min(self.left),
        };
        let start = Instant::now();
        let end = if self.is_begun {
            self.playground.go_on(epochs)
        } else {
            self.playground.run(epochs)
        };
        if self.speed.is_none() {
            let faster = start.elapsed() < TURN / 2;
            let slower = start.elapsed() > TURN * 2;
            self.turn = match (faster, slower) {
                (true, _) => self.turn.saturating_mul(2).min(MOST_EPOCHS),
                (_, true) => (self.turn / 2).max(1),
                _ => self.turn,
            };
        }
        self.is_begun = true;
        self.moment = None;
        self.left -= epochs;
        self.since.1 += epochs as u64;
        let said = match end {
            Ok(End::Done) if self.left > 0 => {
                if self.reported.elapsed() >= FRAME {
                    self.report(None);
                }
                return;
            }
            Ok(end) => Said::Ended(end),
            Err(why) => Said::Failed {
                line: "run".into(),
                why,
            },
        };
        self.left = 0;
        self.report(Some(said));
    }

    fn obey(&mut self, ask: Ask) -> Option<Said> {
        match ask {
            Ask::Pause => {
                self.left = 0;
                None
            }
            Ask::Speed(speed) => {
                self.speed = speed;
                self.since = (Instant::now(), 0);
                None
            }
            Ask::Line(line) => match parse(&line) {
                Ok(Command::Run(epochs)) => {
                    self.left = epochs.unwrap_or(MOST_EPOCHS);
                    self.is_begun = false;
                    self.since = (Instant::now(), 0);
                    None
                }
                Ok(command) => {
                    if stops(&command) {
                        self.left = 0;
                        self.moment = None;
                    }
                    Some(self.say(line))
                }
                Err(why) => Some(Said::Failed { line, why }),
            },
        }
    }

    fn say(&mut self, line: String) -> Said {
        match batch::run(&mut self.playground, &line) {
            Ok(None) => Said::Quit,
            Ok(Some(reply)) => {
                if let Reply::Inside { moments } = &reply {
                    self.moment = moments.last().cloned();
                }
                let reply = Box::new(reply);
                Said::Reply { line, reply }
            }
            Err(why) => Said::Failed { line, why },
        }
    }

    fn report(&mut self, said: Option<Said>) {
        let report = Report {
            snapshot: Snapshot::new(self.playground.now(), self.moment.clone()),
            running: self.left > 0,
            obeyed: self.obeyed,
            said,
        };
        // Nobody listens where the screen has ended; the next ask says so.
        let _ = self.reports.send(report);
        self.reported = Instant::now();
    }
}

/// Whether a run ends where the command is given, as on the site.
fn stops(command: &Command) -> bool {
    match command {
        Command::Set { key, .. } => !WITHOUT_RESET.contains(key),
        Command::Into(_)
        | Command::Back(_)
        | Command::Reset
        | Command::Regenerate
        | Command::Undo
        | Command::Open(_)
        | Command::Csv { .. }
        | Command::Load(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn start() -> Trainer {
        let playground = Playground::new(State::new("0.5".into()), None).unwrap();
        let trainer = Trainer::start(playground).unwrap();
        trainer.reports.recv_timeout(PATIENCE).unwrap();
        trainer
    }

    fn line(trainer: &Trainer, line: &str) {
        assert!(trainer.ask(Ask::Line(line.into())));
    }

    /// The reports until one says something.
    fn said(trainer: &Trainer) -> (Report, Said) {
        loop {
            let report = trainer.reports.recv_timeout(PATIENCE).unwrap();
            if let Some(said) = report.said.clone() {
                return (report, said);
            }
        }
    }

    #[test]
    fn a_run_ends_by_itself_and_is_undone_at_once() {
        let trainer = start();
        line(&trainer, "run 500");
        let (report, ended) = said(&trainer);
        assert!(matches!(ended, Said::Ended(End::Done)), "{ended:?}");
        assert_eq!(report.snapshot.training.epoch, 500);
        assert!(!report.running);
        line(&trainer, "undo");
        assert_eq!(said(&trainer).0.snapshot.training.epoch, 0);
    }

    #[test]
    fn a_run_is_paused_and_commands_come_between() {
        let trainer = start();
        line(&trainer, "run");
        line(&trainer, "learningRate 0.1");
        let (report, reply) = said(&trainer);
        assert!(matches!(reply, Said::Reply { .. }), "{reply:?}");
        assert!(report.running, "the learning rate lets it run on");
        assert_eq!(report.snapshot.state.learning_rate, 0.1);
        trainer.ask(Ask::Pause);
        line(&trainer, "show");
        let (report, _) = said(&trainer);
        assert!(!report.running);
        line(&trainer, "run");
        line(&trainer, "noise 20");
        let (report, _) = said(&trainer);
        assert_eq!((report.running, report.snapshot.training.epoch), (false, 0));
    }

    #[test]
    fn a_stop_condition_and_a_number_that_is_not_finite_end_a_run() {
        let trainer = start();
        line(&trainer, "stop train < 0.05");
        said(&trainer);
        line(&trainer, "run");
        let (report, ended) = said(&trainer);
        assert!(matches!(ended, Said::Ended(End::Stopped(_))), "{ended:?}");
        assert!(report.snapshot.losses.train < 0.05);
        for text in [
            "stop off",
            "activation linear",
            "problem regression",
            "learningRate 10",
        ] {
            line(&trainer, text);
            said(&trainer);
        }
        line(&trainer, "run");
        let (report, ended) = said(&trainer);
        assert!(matches!(ended, Said::Ended(End::NotFinite(_))), "{ended:?}");
        assert!(report.snapshot.not_finite.is_some());
        line(&trainer, "run");
        assert!(matches!(said(&trainer).1, Said::Failed { .. }));
    }

    #[test]
    fn a_pace_is_kept() {
        let trainer = start();
        trainer.ask(Ask::Speed(Some(100)));
        let start = Instant::now();
        line(&trainer, "run 20");
        said(&trainer);
        assert!(start.elapsed() >= Duration::from_millis(180));
    }

    #[test]
    fn steps_inside_an_epoch_are_kept_for_the_screen() {
        let trainer = start();
        line(&trainer, "into 2");
        let (report, _) = said(&trainer);
        let moment = report.snapshot.moment.unwrap();
        assert!(
            matches!(moment, Moment::Forward { layer: 2, .. }),
            "{moment:?}"
        );
        line(&trainer, "reset");
        assert!(said(&trainer).0.snapshot.moment.is_none());
    }
}
