//! Checkpoint namespaces: `parent:task_id|child:task_id`, one part per nested run.

pub const SEPARATOR: &str = "|";
pub const ID_MARK: char = ':';

/// The namespace of one task of a node under `parent`.
pub fn of_task(parent: &str, name: &str, task_id: &str) -> String {
    let mut namespace = String::with_capacity(parent.len() + name.len() + task_id.len() + 2);
    if !parent.is_empty() {
        namespace.push_str(parent);
        namespace.push_str(SEPARATOR);
    }
    namespace.push_str(name);
    namespace.push(ID_MARK);
    namespace.push_str(task_id);
    namespace
}

/// A namespace without task ids and without the counters of repeated subgraph calls.
pub fn recast(namespace: &str) -> String {
    let parts: Vec<&str> = namespace
        .split(SEPARATOR)
        .filter(|part| !is_counter(part))
        .map(|part| part.split(ID_MARK).next().unwrap_or(part))
        .collect();
    parts.join("|")
}

/// The namespace of the graph above the task with this namespace.
pub fn parent_of_task(namespace: &str) -> String {
    let mut parts: Vec<&str> = namespace.split(SEPARATOR).collect();
    pop_counters(&mut parts);
    parts.pop();
    pop_counters(&mut parts);
    parts.join("|")
}

fn pop_counters(parts: &mut Vec<&str>) {
    while parts.last().is_some_and(|part| is_counter(part)) {
        parts.pop();
    }
}

fn is_counter(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recast_drops_ids_and_counters() {
        assert_eq!(recast("a:1-2|1|b:3"), "a|b");
        assert_eq!(recast(""), "");
    }

    #[test]
    fn parent_skips_counters_on_both_sides() {
        assert_eq!(parent_of_task("a:1|b:2"), "a:1");
        assert_eq!(parent_of_task("a:1|2|b:2|1"), "a:1");
        assert_eq!(parent_of_task("a:1"), "");
    }
}
