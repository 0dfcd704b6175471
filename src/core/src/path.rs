//! The path of a task: how it came to be. Paths order the writes of a superstep.

use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// Triggered by channels.
    Pull(Arc<str>),
    /// Made by the send at this place of the tasks channel.
    Send(usize),
    /// Made from inside a task, as its `index`-th call.
    Call { parent: Box<Path>, index: usize },
    /// Takes care of a failed task.
    ErrorHandler(Box<Path>),
    /// Writes of no task: input, commands.
    Root,
    /// A path made elsewhere; its text is all that is known of it.
    Text(Arc<str>),
}

pub const PULL: &str = "__pregel_pull";
pub const PUSH: &str = "__pregel_push";

impl Path {
    /// The sort key that savers store beside writes: `~` opens a tuple, integers have ten digits.
    pub fn sort_key(&self) -> String {
        let mut out = String::with_capacity(48);
        self.render(&mut out);
        out
    }

    fn render(&self, out: &mut String) {
        match self {
            Path::Pull(name) => {
                out.push('~');
                out.push_str(PULL);
                out.push_str(", ");
                out.push_str(name);
            }
            Path::Send(index) => {
                out.push_str(&format!("~{PUSH}, {index:010}, 0000000000"));
            }
            Path::Call { parent, index } => {
                out.push_str(&format!("~{PUSH}, "));
                parent.render(out);
                out.push_str(&format!(", {index:010}, 0000000001"));
            }
            Path::ErrorHandler(failed) => {
                // the handler's path is the first three parts of the failed task's, then two marks
                failed.render_parts(out, 3);
                out.push_str(", node_error_handler, 0000000000");
            }
            Path::Root => out.push('~'),
            Path::Text(text) => out.push_str(text),
        }
    }

    fn render_parts(&self, out: &mut String, parts: usize) {
        match self {
            Path::Call { parent, index } if parts == 3 => {
                out.push_str(&format!("~{PUSH}, "));
                parent.render(out);
                out.push_str(&format!(", {index:010}"));
            }
            Path::ErrorHandler(inner) => inner.render_parts(out, parts),
            _ => self.render(out),
        }
    }

    pub fn is_call(&self) -> bool {
        matches!(self, Path::Call { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulls_sort_before_sends_and_sends_by_index() {
        let mut paths = [Path::Send(10), Path::Pull("b".into()), Path::Send(2), Path::Pull("a".into())];
        paths.sort_by_key(Path::sort_key);
        assert_eq!(paths, [Path::Pull("a".into()), Path::Pull("b".into()), Path::Send(2), Path::Send(10)]);
    }

    #[test]
    fn keys_read_as_savers_store_them() {
        assert_eq!(Path::Pull("abc".into()).sort_key(), "~__pregel_pull, abc");
        let send = Path::Send(2);
        assert_eq!(send.sort_key(), "~__pregel_push, 0000000002, 0000000000");
        let call = Path::Call { parent: Box::new(Path::Pull("a".into())), index: 1 };
        assert_eq!(call.sort_key(), "~__pregel_push, ~__pregel_pull, a, 0000000001, 0000000001");
    }
}
