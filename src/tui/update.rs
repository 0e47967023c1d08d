//! The only code that changes the screen's state: keys, commands, the mouse, reports.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::app::{App, At, Known, Message, Overlay, Pane, Status, Tile, Words};
use super::panes::{heads, steps, tokens};
use super::widgets::input::Input;
use super::{keys, layout, overlays, view};
use crate::session::command::{
    self, COMMANDS, Command, Focus, Pick, Press, ScreenCommand, Scroll, Which,
};
use crate::session::debugger::{Debugger, Outcome};
use crate::session::explain;
use crate::session::query::{Answer, Query, What};
use crate::session::worker::{Report, Worker};
use crate::trace::plan::Axis;

/// State, debugger and worker together.
pub struct Driver {
    pub app: App,
    pub worker: Worker,
    debugger: Option<Debugger>,
    /// What was asked last, so that the same is not asked again.
    asked: Vec<Query>,
    dirty: bool,
    redraw: bool,
    deaf: bool,
}

impl Driver {
    pub fn new(app: App, worker: Worker) -> Driver {
        Driver {
            app,
            worker,
            debugger: None,
            asked: Vec::new(),
            dirty: true,
            redraw: false,
            deaf: false,
        }
    }

    /// Whether something changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// The worker is gone.
    pub fn deaf(&self) -> bool {
        self.deaf
    }

    /// Whether answers are under way.
    pub fn waiting(&self) -> bool {
        !self.deaf && self.app.model.is_some() && self.worker.busy()
    }

    pub fn lost(&mut self) {
        self.deaf = true;
        if !matches!(self.app.status, Status::Failed(_)) {
            self.app.status = Status::Failed("the model's thread ended".into());
        }
        self.dirty = true;
    }

    pub fn resize(&mut self, screen: Rect) {
        self.app.screen = screen;
        self.after();
    }

    pub fn report(&mut self, report: Report) {
        self.worker.heard(&report);
        self.dirty = true;
        match report {
            Report::Ready { model, passes } => {
                self.app.model = Some(model);
                self.app.status = Status::Ready;
                self.debugger = Some(Debugger::new(passes));
                self.sync();
                self.app.cell = (self.app.at.row, 0);
                self.after();
            }
            Report::Failed(why) | Report::Panicked(why) => {
                self.app.quit = self.app.model.is_none();
                self.app.status = Status::Failed(why);
                self.deaf = true;
            }
            Report::Answered { query, answer, .. } => match answer {
                Ok(answer) => self.learn(&query, answer),
                Err(why) => self.app.message = Some(Message::Error(why)),
            },
            Report::Viewed { .. } => {
                if !self.worker.busy() {
                    self.app.status = Status::Ready;
                }
            }
            Report::Said(reply) => {
                self.app.status = Status::Ready;
                match reply {
                    Ok(reply) => {
                        let text = reply.text();
                        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
                        self.app.overlay = Some(Overlay::Text {
                            title: title.to_owned(),
                            lines: rest.lines().map(str::to_owned).collect(),
                            top: 0,
                        });
                    }
                    Err(why) => self.app.message = Some(Message::Error(why)),
                }
                self.after();
            }
            Report::Progress(p) => self.app.status = Status::Running(Some(p)),
            Report::JobDone { result, .. } => {
                self.app.status = Status::Ready;
                match result {
                    Ok(passes) => {
                        if let Some(debugger) = &mut self.debugger {
                            debugger.set_passes(passes);
                        }
                        self.app.known = Known::default();
                        self.app.message = None;
                        self.sync();
                        self.app.cell.0 = self.app.at.row;
                    }
                    Err(why) => self.app.message = Some(Message::Error(why)),
                }
                self.asked.clear();
                self.after();
            }
        }
    }

    fn learn(&mut self, query: &Query, answer: Answer) {
        let key = (query.pass, query.point);
        let known = &mut self.app.known;
        match (answer, &query.what) {
            (Answer::Values(values), What::Values(slice)) => {
                let point = self.app.passes.get(query.pass).map(|p| p.plan.clone());
                let Some(point) = point.and_then(|p| p.points().get(query.point).cloned()) else {
                    return;
                };
                let (row, col) = view::matrix_axes(&point);
                let span = |axis: Option<usize>| match axis.and_then(|i| slice.0.get(i)) {
                    Some(crate::trace::tensor::Pick::Span(range)) => range.clone(),
                    _ => 0..1,
                };
                let head = point.head_axis().and_then(|i| match slice.0.get(i) {
                    Some(crate::trace::tensor::Pick::At(head)) => Some(*head),
                    _ => None,
                });
                let tile = Tile {
                    rows: span(row),
                    cols: span(col),
                    head,
                    values,
                };
                known.tiles.insert(key, tile);
            }
            (Answer::Summary(summary), _) => {
                known.summaries.insert(key, summary);
            }
            (Answer::Heads(values), _) => {
                known.heads.insert(key, values);
            }
            (
                Answer::Lens(lens),
                What::Lens {
                    row, temperature, ..
                },
            ) => {
                let at = At {
                    pass: query.pass,
                    point: query.point,
                    row: *row,
                    temperature: temperature.get(),
                };
                known.lens = Some((at, lens));
            }
            _ => {}
        }
    }

    /// Copy what the debugger says into the state.
    fn sync(&mut self) {
        let Some(d) = &self.debugger else { return };
        let app = &mut self.app;
        let at = At {
            pass: d.pass,
            point: d.point,
            row: d.row,
            temperature: d.temperature.get(),
        };
        if at != app.at {
            app.candidate = 0;
        }
        if (at.pass, at.point) != (app.at.pass, app.at.point) {
            app.step = None;
            app.open.clear();
        }
        app.at = at;
        app.passes.clone_from(&d.passes);
        app.breaks = (0..app.passes[d.pass].plan.len())
            .filter(|&i| d.stops_at(i))
            .collect();
        if let (Some(model), Some(pass)) = (&app.model, app.passes.get(d.pass)) {
            let e = explain::explain(model, pass, d.point);
            app.words = Words {
                formula: e.formula,
                text: e.text,
                short: e.short,
            };
        }
    }

    /// Keep selection and scroll inside, and ask for what is visible and not known.
    fn after(&mut self) {
        self.dirty = true;
        let (Some(d), Some(l)) = (&self.debugger, layout::layout(&self.app)) else {
            return;
        };
        for _ in 0..2 {
            let laid = view::lay(&self.app, &l);
            let Some(main) = laid
                .iter()
                .find(|p| p.panel.point == d.point)
                .or(laid.last())
            else {
                return;
            };
            self.app.cell.0 = self.app.cell.0.min(main.rows.max(1) - 1);
            self.app.cell.1 = self.app.cell.1.min(main.cols.max(1) - 1);
            self.app.scroll = main.geometry.follow(self.app.cell);
        }
        let queries = queries(&self.app, d, &l);
        if queries.is_empty() || queries == self.asked {
            return;
        }
        self.worker.view(queries.clone());
        self.asked = queries;
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(Overlay::Palette { input, .. }) = &mut self.app.overlay {
            input.insert(text);
            self.dirty = true;
        }
    }

    pub fn key(&mut self, key: KeyEvent) {
        self.dirty = true;
        if self.overlay_key(key) {
            return;
        }
        self.app.message = None;
        match keys::name(key).and_then(|name| command::press(&name)) {
            Some(Press::Run(command)) => self.command(&command),
            Some(Press::Ask(line)) => self.ask(line),
            None => {}
        }
    }

    /// Open the command line; the prompt is there to be edited.
    fn ask(&mut self, line: &str) {
        let mut input = Input::new(line);
        if let (true, Some(pass)) = (line.starts_with("prompt"), self.app.passes.first()) {
            let text: String = pass.tokens.iter().map(|t| t.text.as_str()).collect();
            input.insert(&text);
        }
        self.app.overlay = Some(Overlay::Palette {
            input,
            choice: 0,
            error: None,
        });
    }

    fn overlay_key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let names = overlays::offers(&self.app, self.debugger.as_ref());
        let Some(overlay) = &mut self.app.overlay else {
            return false;
        };
        let (input, choice, error) = match overlay {
            Overlay::Palette {
                input,
                choice,
                error,
            } => (input, choice, error),
            Overlay::Help { .. } | Overlay::Text { .. } => {
                let (top, lines) = match overlay {
                    Overlay::Text { top, lines, .. } => (top, lines.len()),
                    Overlay::Help { top } => (top, help().len()),
                    Overlay::Palette { .. } => return true,
                };
                match key.code {
                    KeyCode::Down | KeyCode::Char('j') => *top += 1,
                    KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
                    KeyCode::PageDown | KeyCode::Char(' ') => *top += 10,
                    KeyCode::PageUp => *top = top.saturating_sub(10),
                    KeyCode::Home => *top = 0,
                    KeyCode::End => *top = lines,
                    _ => {
                        self.app.overlay = None;
                        return true;
                    }
                }
                let page = self.app.screen.height.saturating_sub(4) as usize;
                *top = (*top).min(lines.saturating_sub(page));
                return true;
            }
        };
        *error = None;
        match key.code {
            KeyCode::Esc => self.app.overlay = None,
            KeyCode::Char('c') if ctrl => self.app.overlay = None,
            KeyCode::Char('u') if ctrl => input.delete_head(),
            KeyCode::Char('w') if ctrl => input.delete_word(),
            KeyCode::Char('p') if ctrl => {
                if let Some(line) = self.app.history.last() {
                    *input = Input::new(line.clone());
                }
            }
            KeyCode::Char(c) if !ctrl => {
                input.insert(c.encode_utf8(&mut [0; 4]));
                *choice = 0;
            }
            KeyCode::Backspace => input.backspace(),
            KeyCode::Delete => input.delete(),
            KeyCode::Left => input.left(),
            KeyCode::Right => input.right(),
            KeyCode::Home => input.home(),
            KeyCode::End => input.end(),
            KeyCode::Down => *choice = (*choice + 1).min(names.len().saturating_sub(1)),
            KeyCode::Up => *choice = choice.saturating_sub(1),
            KeyCode::Tab => {
                if let Some(offer) = names.get(*choice) {
                    *input = Input::new(offer.line.clone());
                    *choice = 0;
                }
            }
            KeyCode::Enter => {
                let typed = input.text().trim().to_owned();
                let line = match names.get(*choice) {
                    Some(offer) if typed.starts_with("goto") || *choice > 0 => offer.line.clone(),
                    _ => typed,
                };
                self.line(&line);
            }
            _ => {}
        }
        true
    }

    /// Run a typed line; an error stays in the command line.
    fn line(&mut self, line: &str) {
        match command::parse(line) {
            Ok(command) => {
                self.app.overlay = None;
                self.app.history.push(line.to_owned());
                self.command(&command);
            }
            Err(e) => {
                if let Some(Overlay::Palette { error, .. }) = &mut self.app.overlay {
                    *error = Some(e.to_string());
                }
            }
        }
    }

    pub fn command(&mut self, command: &Command) {
        if let Command::Screen(command) = command {
            self.screen(*command);
            self.after();
            return;
        }
        let lens = self.app.known.lens.as_ref().map(|(_, lens)| lens.clone());
        let outcome = match (&mut self.debugger, command) {
            (_, Command::Quit) => Ok(Outcome::Quit),
            (_, Command::Help(topic)) => Ok(Outcome::Help(topic.clone())),
            (Some(debugger), command) => debugger.run(command, lens.as_ref()),
            (None, _) => Err("the model is still being opened".into()),
        };
        let row = self.app.at.row;
        self.sync();
        if self.app.at.row != row {
            self.app.cell.0 = self.app.at.row;
        }
        match outcome {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Note(text)) => self.app.message = Some(Message::Note(text)),
            Ok(Outcome::List { title, lines }) => {
                let top = 0;
                self.app.overlay = Some(Overlay::Text { title, lines, top });
            }
            Ok(Outcome::Job(job)) => {
                self.app.status = Status::Running(None);
                self.worker.job(job);
                return;
            }
            Ok(Outcome::Ask(ask)) => {
                self.app.status = Status::Running(None);
                self.worker.ask(ask);
                // The view made way: it is asked for anew when the answer is there.
                self.asked.clear();
                return;
            }
            Ok(Outcome::Screen(command)) => self.screen(command),
            Ok(Outcome::Help(_)) => self.app.overlay = Some(Overlay::Help { top: 0 }),
            Ok(Outcome::Quit) => self.app.quit = true,
            Err(why) => self.app.message = Some(Message::Error(why)),
        }
        self.after();
    }

    fn screen(&mut self, command: ScreenCommand) {
        let app = &mut self.app;
        match command {
            ScreenCommand::Focus(Focus::Pane(pane)) => app.focus = pane,
            ScreenCommand::Focus(way) => {
                let Some(l) = layout::layout(app) else { return };
                let panes = view::focusable(app, &l);
                let at = panes.iter().position(|&p| p == app.focus).unwrap_or(0);
                let step = if way == Focus::Next {
                    1
                } else {
                    panes.len().max(1) - 1
                };
                if let Some(&pane) = panes.get((at + step) % panes.len().max(1)) {
                    app.focus = pane;
                }
            }
            ScreenCommand::Zoom => app.zoom = !app.zoom,
            ScreenCommand::Hide(pane) => {
                let pane = pane.unwrap_or(app.focus);
                if !app.hidden.remove(&pane) && pane != Pane::Matrix {
                    app.hidden.insert(pane);
                }
                if app.hidden.contains(&app.focus) {
                    app.focus = Pane::Matrix;
                }
            }
            ScreenCommand::ShowAll => app.hidden.clear(),
            ScreenCommand::Head(which) => {
                let heads = app.model.as_ref().map_or(1, |m| m.n_heads.max(1));
                app.head = match which {
                    Which::Next => (app.head + 1) % heads,
                    Which::Previous => (app.head + heads - 1) % heads,
                    Which::Number(n) => n.min(heads - 1),
                };
            }
            ScreenCommand::Scroll(to) => self.scroll(to),
            ScreenCommand::Choose => self.choose(),
            ScreenCommand::Fold => {
                let rows = steps::rows(app);
                let (line, _) = steps::window(app, &rows, 1);
                if let Some(row) = rows.get(line)
                    && !app.open.remove(&row.layer)
                {
                    app.open.insert(row.layer);
                }
            }
            ScreenCommand::Palette => self.ask(""),
            ScreenCommand::Theme => {
                app.theme = app.theme.toggled();
                app.message = Some(Message::Note(format!("colours: {}", app.theme.word())));
            }
            ScreenCommand::Cancel => match self.worker.busy() {
                true => {
                    self.worker.cancel();
                    app.message = Some(Message::Note("stopping…".into()));
                }
                false => app.quit = true,
            },
            ScreenCommand::Close => app.message = None,
            ScreenCommand::Redraw => self.redraw = true,
        }
    }

    fn choose(&mut self) {
        match self.app.focus {
            Pane::Steps => {
                let rows = steps::rows(&self.app);
                let (line, _) = steps::window(&self.app, &rows, 1);
                if let Some(row) = rows.get(line) {
                    self.go(row.points.start);
                }
            }
            Pane::Lens => {
                let rank = self.app.candidate + 1;
                self.command(&Command::Token(Pick::Rank(rank)));
            }
            _ => self.app.zoom = !self.app.zoom,
        }
    }

    fn go(&mut self, point: usize) {
        let name = self.app.plan().and_then(|p| p.points().get(point));
        if let Some(name) = name.map(|p| p.name.clone()) {
            self.command(&Command::Goto(name));
        }
    }

    fn scroll(&mut self, to: Scroll) {
        let app = &mut self.app;
        let Some(l) = layout::layout(app) else { return };
        let by =
            |at: usize, way: isize, len: usize| at.saturating_add_signed(way).min(len.max(1) - 1);
        let (dx, dy): (isize, isize) = match to {
            Scroll::Left => (-1, 0),
            Scroll::Right => (1, 0),
            Scroll::Up => (0, -1),
            Scroll::Down => (0, 1),
            Scroll::PageLeft => (-10, 0),
            Scroll::PageRight => (10, 0),
            Scroll::PageUp => (0, -10),
            Scroll::PageDown => (0, 10),
            Scroll::Home => (isize::MIN / 2, 0),
            Scroll::End => (isize::MAX / 2, 0),
        };
        match app.focus {
            Pane::Steps => {
                let rows = steps::rows(app);
                let (line, _) = steps::window(app, &rows, 1);
                app.step = Some(by(line, dy, rows.len()));
            }
            Pane::Lens => app.candidate = by(app.candidate, dy, view::candidates(&l)),
            Pane::Heads => {
                let heads = app.model.as_ref().map_or(1, |m| m.n_heads);
                app.head = by(app.head, dx.signum() + dy.signum(), heads);
            }
            _ => {
                let laid = view::lay(app, &l);
                let Some(main) = laid.last() else { return };
                app.cell.1 = by(app.cell.1, dx, main.cols);
                app.cell.0 = by(app.cell.0, dy, main.rows);
                self.row_follows();
            }
        }
    }

    /// The selected row of a matrix of tokens is the token after which we predict.
    fn row_follows(&mut self) {
        let point = self
            .app
            .plan()
            .and_then(|p| p.points().get(self.app.at.point));
        let tokens = point.is_some_and(|p| {
            let row = view::matrix_axes(p).0.map(|i| p.axes[i]);
            matches!(row, Some(Axis::Token | Axis::Query))
        });
        if let (true, Some(debugger)) = (tokens, &mut self.debugger) {
            debugger.row = self.app.cell.0;
            self.sync();
        }
    }

    pub fn mouse(&mut self, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let Some(l) = layout::layout(&self.app) else {
            return;
        };
        if self.app.overlay.is_some() {
            return;
        }
        let pane = l.pane_at(at);
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => Some(Scroll::Down),
            MouseEventKind::ScrollUp => Some(Scroll::Up),
            MouseEventKind::ScrollLeft => Some(Scroll::Left),
            MouseEventKind::ScrollRight => Some(Scroll::Right),
            _ => None,
        };
        if let (Some(to), Some(pane)) = (wheel, pane) {
            let focus = std::mem::replace(&mut self.app.focus, pane);
            self.scroll(to);
            self.app.focus = focus;
            self.after();
        }
        if mouse.kind == MouseEventKind::Down(MouseButton::Left)
            && let Some(pane) = pane
        {
            self.click(pane, at, &l);
            self.after();
        }
    }

    fn click(&mut self, pane: Pane, at: Position, l: &layout::Layout) {
        let line = |area: Rect| at.y.checked_sub(area.y + 1).map(usize::from);
        match pane {
            Pane::Tokens => {
                if let Some(row) = tokens::hit(&self.app, l.tokens, at) {
                    self.command(&Command::Row(Which::Number(row)));
                }
                return;
            }
            Pane::Steps => {
                let rows = steps::rows(&self.app);
                let height = view::inside(l.steps).height as usize;
                let (_, first) = steps::window(&self.app, &rows, height);
                if let Some(row) = line(l.steps).and_then(|i| rows.get(first + i)) {
                    self.go(row.points.start);
                }
            }
            Pane::Matrix => {
                let laid = view::lay(&self.app, l);
                if let Some(cell) = laid.iter().find_map(|p| p.geometry.hit(at)) {
                    self.app.cell = cell;
                    self.row_follows();
                }
            }
            Pane::Lens => {
                if let Some(i) = line(l.lens) {
                    self.app.candidate = i.min(view::candidates(l) - 1);
                }
            }
            Pane::Heads => {
                let grid = heads::grid(&self.app, l.heads);
                if let Some(head) = grid.and_then(|g| g.hit(at)) {
                    self.app.head = head;
                }
            }
            Pane::Summary | Pane::Explain => return,
        }
        self.app.focus = pane;
    }
}

/// What the screen shows and does not know yet, most wanted first.
fn queries(app: &App, d: &Debugger, l: &layout::Layout) -> Vec<Query> {
    let Some(plan) = app.plan() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut add = |point, what| {
        out.push(Query {
            pass: d.pass,
            point,
            what,
        });
    };
    let known = &app.known;
    for laid in view::lay(app, l) {
        let at = laid.panel.point;
        if at > app.at.point && laid.panel.role != "after" {
            continue;
        }
        for point in [Some(at), laid.panel.aside].into_iter().flatten() {
            let mut geometry = laid.geometry.clone();
            if Some(point) == laid.panel.aside {
                geometry.cols = 0..1;
            }
            let tile = known.tiles.get(&(d.pass, point));
            let same = tile.is_some_and(|t| {
                t.head == laid.head && t.rows == geometry.rows && t.cols == geometry.cols
            });
            if !same && !geometry.rows.is_empty() && !geometry.cols.is_empty() {
                let hook = &plan.points()[point];
                add(point, What::Values(view::slice(hook, laid.head, &geometry)));
            }
        }
        if !known.summaries.contains_key(&(d.pass, at)) {
            add(at, What::Summary);
        }
    }
    let k = view::candidates(l);
    let fresh = known
        .lens
        .as_ref()
        .is_some_and(|(at, lens)| *at == app.at && lens.top.len() >= k);
    if !fresh && !l.lens.is_empty() && plan.residual_at(d.point).is_some() {
        let (row, temperature) = (d.row, d.temperature);
        add(
            d.point,
            What::Lens {
                row,
                k,
                temperature,
            },
        );
    }
    if !known.summaries.contains_key(&(d.pass, d.point)) {
        add(d.point, What::Summary);
    }
    if let (Some(grid), false) = (heads::grid(app, l.heads), l.heads.is_empty()) {
        let (rows, cols) = (grid.rows, grid.cols);
        let shape = known
            .heads
            .get(&(d.pass, d.point))
            .map(|v| v.shape[1..].to_vec());
        if shape.is_none_or(|s| s != [rows, cols]) {
            add(d.point, What::Heads { rows, cols });
        }
    }
    out
}

/// Lines of help, a heading before each group.
pub fn help() -> Vec<(String, bool)> {
    let mut out = Vec::new();
    for group in command::Group::ALL {
        out.push((group.title().to_owned(), true));
        for spec in COMMANDS.iter().filter(|s| s.group == group) {
            let keys: Vec<_> = spec.keys.iter().map(|k| k.key).take(4).collect();
            out.push((
                format!("  {:<13} {:<17} {}", keys.join(" "), spec.name, spec.help),
                false,
            ));
        }
        out.push((String::new(), false));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tui::draw;
    use crate::tui::fake_source::Fake;
    use crate::tui::theme::{Depth, Ground, Theme};

    fn driver(width: u16, height: u16) -> Driver {
        let worker = Worker::start(Box::new(|| Ok(Box::new(Fake::new()))));
        let app = App::new(Theme::new(Depth::None, Ground::Dark));
        let mut driver = Driver::new(app, worker);
        driver.resize(Rect::new(0, 0, width, height));
        settle(&mut driver);
        driver
    }

    fn settle(driver: &mut Driver) {
        let reports = driver.worker.reports().clone();
        while driver.app.model.is_none() || driver.worker.busy() {
            driver.report(reports.recv_timeout(Duration::from_secs(5)).unwrap());
        }
    }

    /// Press keys: characters, or words such as `<enter>`.
    fn press(driver: &mut Driver, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let word = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
            let (code, len) = match word.map(|w| w.0) {
                Some("enter") => (KeyCode::Enter, 7),
                Some("esc") => (KeyCode::Esc, 5),
                Some("down") => (KeyCode::Down, 6),
                Some("right") => (KeyCode::Right, 7),
                Some("end") => (KeyCode::End, 5),
                Some("tab") => (KeyCode::Tab, 5),
                _ => (KeyCode::Char(first), first.len_utf8()),
            };
            driver.key(KeyEvent::from(code));
            settle(driver);
            rest = &rest[len..];
        }
    }

    fn text(driver: &Driver) -> String {
        let mut buf = ratatui::buffer::Buffer::empty(driver.app.screen);
        draw::draw(&mut buf, &driver.app);
        buf.content().iter().map(|c| c.symbol()).collect()
    }

    fn here(driver: &Driver) -> String {
        let plan = driver.app.plan().unwrap();
        crate::trace::hook::short(&plan.points()[driver.app.at.point].name)
    }

    #[test]
    fn keys_step_break_continue_and_go() {
        let mut d = driver(120, 36);
        assert_eq!(here(&d), "embed");
        press(&mut d, "ss");
        assert_eq!(here(&d), "blocks.0.resid_pre");
        press(&mut d, ":break *.pattern<enter>c");
        assert_eq!(here(&d), "blocks.0.attn.pattern");
        assert!(text(&d).contains("head 0/4"));
        press(&mut d, "]cC");
        assert_eq!(here(&d), "blocks.0.attn.pattern");
        assert!(text(&d).contains("head 1/4"));
        press(&mut d, "g3.mlp.post<enter>");
        assert_eq!(here(&d), "blocks.3.mlp.post");
        press(&mut d, ">S");
        assert_eq!(here(&d), "ln_final.out");
        press(&mut d, ":flurb<enter>");
        assert!(text(&d).contains("there is no command"));
        press(&mut d, "<esc>?");
        assert!(text(&d).contains("Go to the next hook point"));
    }

    #[test]
    fn a_candidate_becomes_the_next_token() {
        let mut d = driver(120, 36);
        press(&mut d, ":focus lens<enter><down><enter>");
        assert_eq!(d.app.at.pass, 1);
        assert_eq!(d.app.pass().unwrap().tokens.last().unwrap().text, "的");
        press(&mut d, "g1.pattern<enter>");
        assert_eq!(here(&d), "blocks.1.attn.pattern");
        press(&mut d, "(");
        assert_eq!(d.app.at.pass, 0);
    }

    #[test]
    fn printing_commands_show_their_answers() {
        let mut d = driver(120, 36);
        press(&mut d, ":topk 3<enter>");
        assert!(text(&d).contains("next token, seen from embed"));
        press(&mut d, "<esc>g1.pattern<enter>:print [0]<enter>");
        assert!(text(&d).contains("blocks.1.attn.pattern ["));
        press(&mut d, "<esc>i");
        assert!(text(&d).contains("softmax(scores)"));
        press(&mut d, "<esc>:print [9]<enter>");
        assert!(text(&d).contains("outside axis head"));
        press(&mut d, ":walk<enter>");
        assert!(text(&d).contains("hook point"));
    }

    #[test]
    fn errors_are_shown_and_leave_the_screen_alive() {
        let mut d = driver(120, 36);
        press(&mut d, ":save x.safetensors<enter>");
        assert!(text(&d).contains("disk full"));
        press(&mut d, "s");
        assert_eq!(here(&d), "pos_embed");
    }

    #[test]
    fn every_hook_point_draws_at_every_size() {
        for (w, h) in [(120, 36), (80, 24), (200, 60), (60, 16), (40, 10), (1, 1)] {
            let mut d = driver(w, h);
            for _ in 0..90 {
                press(&mut d, "s<right>");
                text(&d);
            }
            assert_eq!(here(&d), "logits");
            press(&mut d, "z<tab><end>z<tab>z?");
            text(&d);
        }
    }
}
