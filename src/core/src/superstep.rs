//! The state machine of a run.
//!
//! | from    | plan    | run     | apply   | stop |
//! |---------|---------|---------|---------|------|
//! | Idle    | Planned |         |         | Done |
//! | Planned |         | Running |         | Done |
//! | Running |         |         | Applied | Done |
//! | Applied | Planned |         |         | Done |

use crate::error::Rule;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Superstep {
    Idle,
    Planned,
    Running,
    Applied,
    Done,
}

impl Superstep {
    pub fn name(self) -> &'static str {
        match self {
            Superstep::Idle => "idle",
            Superstep::Planned => "planned",
            Superstep::Running => "running",
            Superstep::Applied => "applied",
            Superstep::Done => "done",
        }
    }

    /// Moves on, or says which transition is not allowed.
    pub fn advance(&mut self, to: Superstep) -> Result<(), Rule> {
        use Superstep::*;
        let allowed =
            matches!((*self, to), (Idle | Applied, Planned) | (Planned, Running) | (Running, Applied) | (_, Done));
        if !allowed {
            return Err(Rule::Transition { from: self.name(), to: to.name() });
        }
        *self = to;
        Ok(())
    }
}

/// Why a run stands where it stands; the names are those that lifecycle events carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Input,
    Pending,
    Done,
    Draining,
    InterruptBefore,
    InterruptAfter,
    OutOfSteps,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Input => "input",
            Status::Pending => "pending",
            Status::Done => "done",
            Status::Draining => "draining",
            Status::InterruptBefore => "interrupt_before",
            Status::InterruptAfter => "interrupt_after",
            Status::OutOfSteps => "out_of_steps",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_superstep_goes_round() {
        let mut step = Superstep::Idle;
        for to in [Superstep::Planned, Superstep::Running, Superstep::Applied, Superstep::Planned, Superstep::Done] {
            step.advance(to).unwrap();
        }
        assert!(step.advance(Superstep::Planned).is_err());
        assert!(Superstep::Idle.advance(Superstep::Running).is_err());
    }
}
