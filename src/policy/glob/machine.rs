//! Matching one pattern without braces: a small state machine that is in several states at once,
//! so that no text makes it go back and try again (Thompson 1968).

/// A pattern without braces, ready to match.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// What every matching text starts with; compared first, because it settles most cases.
    prefix: String,
    /// The rest of the pattern.
    steps: Vec<Step>,
}

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Exactly this character.
    Exactly(char),
    /// One character of a part.
    One,
    /// Any characters of a part, as many as there are.
    Any,
    /// Any characters at all, across parts.
    AnyAcross,
    /// The next two steps, or neither.
    Optional,
}

impl Machine {
    /// Prepares a pattern whose syntax was checked.
    pub(super) fn new(pattern: &str) -> Self {
        let mut steps = steps(&without_repeats(pattern));
        let literal = steps.iter().take_while(|step| matches!(step, Step::Exactly(_))).count();
        let prefix = steps.drain(..literal).filter_map(Step::character).collect();
        Self { prefix, steps }
    }

    /// Returns the only text that matches, if there is only one.
    pub(super) fn literal(&self) -> Option<&str> {
        self.steps.is_empty().then_some(self.prefix.as_str())
    }

    /// Returns what every matching text starts with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Tells whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix.as_str()) else { return false };
        match self.steps.as_slice() {
            [] => rest.is_empty(),
            [Step::AnyAcross] => true,
            [Step::Optional, Step::Exactly('/'), Step::AnyAcross] => rest.is_empty() || rest.starts_with('/'),
            _ => self.run(rest),
        }
    }

    /// Runs all states over `text`; each state is the number of a step that comes next.
    fn run(&self, text: &str) -> bool {
        let mut now = States::new(self.steps.len());
        let mut next = States::new(self.steps.len());
        self.enter(0, &mut now);
        for character in text.chars() {
            for index in 0..now.list.len() {
                let Some(&state) = now.list.get(index) else { break };
                match self.steps.get(state) {
                    Some(Step::Exactly(wanted)) if *wanted == character => self.enter(state + 1, &mut next),
                    Some(Step::One) if character != '/' => self.enter(state + 1, &mut next),
                    Some(Step::Any) if character != '/' => self.enter(state, &mut next),
                    Some(Step::AnyAcross) => self.enter(state, &mut next),
                    _ => {}
                }
            }
            if next.list.is_empty() {
                return false;
            }
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        now.list.contains(&self.steps.len())
    }

    /// Adds a state and all that can be reached from it without reading a character.
    fn enter(&self, state: usize, states: &mut States) {
        let mut at = state;
        while states.add(at) {
            match self.steps.get(at) {
                Some(Step::Any | Step::AnyAcross) => at += 1,
                Some(Step::Optional) => {
                    states.add(at + 1);
                    // What follows two steps on may be reached in both ways; the inner `*` that may
                    // itself be empty stands first of the two in `**/`, so its skip is added here.
                    if matches!(self.steps.get(at + 1), Some(Step::AnyAcross)) {
                        states.add(at + 2);
                    }
                    at += 3;
                }
                _ => break,
            }
        }
    }
}

impl Step {
    fn character(self) -> Option<char> {
        if let Self::Exactly(character) = self { Some(character) } else { None }
    }
}

/// The states the machine is in: a list without duplicates.
struct States {
    list: Vec<usize>,
    present: Vec<bool>,
}

impl States {
    fn new(steps: usize) -> Self {
        Self { list: Vec::with_capacity(4), present: vec![false; steps + 1] }
    }

    /// Adds a state; false when it was there.
    fn add(&mut self, state: usize) -> bool {
        match self.present.get_mut(state) {
            Some(present) if !*present => {
                *present = true;
                self.list.push(state);
                true
            }
            _ => false,
        }
    }

    fn clear(&mut self) {
        for state in self.list.drain(..) {
            if let Some(present) = self.present.get_mut(state) {
                *present = false;
            }
        }
    }
}

/// Writes `**/**` as `**`, so that `x/**/**` still matches `x`.
fn without_repeats(pattern: &str) -> String {
    let mut parts: Vec<&str> = pattern.split('/').collect();
    parts.dedup_by(|next, before| *next == "**" && *before == "**");
    parts.join("/")
}

/// Reads a pattern without braces into steps.
fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut starts_part = true;
    while let Some(first) = rest.chars().next() {
        if rest == "/**" {
            // `x/**` is `x` and all below it.
            steps.extend([Step::Optional, Step::Exactly('/'), Step::AnyAcross]);
            break;
        }
        if starts_part && let Some(behind) = rest.strip_prefix("**/") {
            // `a/**/b` is also `a/b`: no part, or whole parts.
            steps.extend([Step::Optional, Step::AnyAcross, Step::Exactly('/')]);
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix("**") {
            steps.push(Step::AnyAcross);
            rest = behind;
        } else {
            steps.push(match first {
                '*' => Step::Any,
                '?' => Step::One,
                plain => Step::Exactly(plain),
            });
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
        starts_part = first == '/';
    }
    steps
}
