//! How a run begins: fresh, resumed, replayed or forked, as one decision table.

/// What is known when a checkpoint was loaded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Situation {
    /// The checkpoint has channel versions: the thread has run before.
    pub has_versions: bool,
    /// Says explicitly whether to resume, set by the parent run.
    pub resuming: Option<bool>,
    pub input_is_none: bool,
    pub input_is_command: bool,
    /// The command carries an answer.
    pub command_resumes: bool,
    /// The root run carries the run id that wrote the checkpoint.
    pub same_run: bool,
    pub nested: bool,
    /// The caller named a checkpoint, or replays through a parent that did.
    pub addressed: bool,
    /// The parent run pinned this namespace to a checkpoint.
    pub pinned_by_parent: bool,
    /// The named checkpoint is not the newest of its thread.
    pub superseded: bool,
    /// The checkpoint was written by an update or a fork.
    pub written_by_edit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// Goes on from the checkpoint instead of taking new input.
    pub resumes: bool,
    /// Goes back to an earlier checkpoint.
    pub travels: bool,
    /// Stored results are not taken over: every task runs again.
    pub replays: bool,
    /// A new branch of the thread is written first.
    pub forks: bool,
}

pub fn decide(s: &Situation) -> Beginning {
    let default = s.input_is_none || s.input_is_command || (!s.nested && s.same_run);
    let resumes = s.has_versions && s.resuming.unwrap_or(default);
    let answered = (s.input_is_command && s.command_resumes) || s.resuming == Some(true);
    let travels = s.addressed && ((s.nested && s.pinned_by_parent) || !answered);
    Beginning {
        resumes,
        travels,
        replays: travels || s.superseded,
        forks: resumes && travels && (!s.written_by_edit || s.superseded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_input_on_a_new_thread() {
        let begun = decide(&Situation::default());
        assert_eq!(begun, Beginning { resumes: false, travels: false, replays: false, forks: false });
    }

    #[test]
    fn no_input_on_a_known_thread_resumes() {
        let s = Situation { has_versions: true, input_is_none: true, ..Default::default() };
        assert!(decide(&s).resumes);
    }

    #[test]
    fn naming_a_checkpoint_without_an_answer_forks() {
        let s = Situation { has_versions: true, input_is_none: true, addressed: true, ..Default::default() };
        let begun = decide(&s);
        assert!(begun.travels && begun.replays && begun.forks);
    }

    #[test]
    fn answering_a_named_checkpoint_does_not_travel() {
        let s = Situation {
            has_versions: true,
            input_is_command: true,
            command_resumes: true,
            addressed: true,
            ..Default::default()
        };
        let begun = decide(&s);
        assert!(begun.resumes && !begun.travels && !begun.forks);
    }
}
