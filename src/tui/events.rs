//! Events from outside: the terminal's own and the system's signals, each on a channel.

use crossbeam_channel::{Receiver, unbounded};
use crossterm::event::{self, Event};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

/// Keys, the mouse and pasted text. The channel ends where the terminal is gone.
pub fn input() -> Receiver<Event> {
    let (send, receive) = unbounded();
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            if send.send(event).is_err() {
                break;
            }
        }
    });
    receive
}

/// Signals that end the program, stop it, or let it go on.
pub fn signals() -> std::io::Result<Receiver<i32>> {
    let all = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT];
    let mut signals = signal_hook::iterator::Signals::new(all)?;
    let (send, receive) = unbounded();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if send.send(signal).is_err() {
                break;
            }
        }
    });
    Ok(receive)
}
