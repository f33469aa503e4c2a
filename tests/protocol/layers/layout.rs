//! The layers as `lib.rs` states them.

use std::collections::BTreeMap;

/// The lines of the block under the heading `# Layout` of a crate's documentation.
pub(super) fn block(root: &str) -> Option<String> {
    let docs = root.lines().filter_map(|line| line.strip_prefix("//!"));
    let docs = docs.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut section = docs.skip_while(|line| *line != "# Layout").skip(1);
    section.by_ref().find(|line| *line == "```text")?;
    let lines: Vec<&str> = section.take_while(|line| *line != "```").collect();
    Some(lines.join("\n"))
}

/// The layer of each module, the topmost is 0. A line holds names, one space apart; two or more
/// begin what it says about them.
pub(super) fn layers(block: &str) -> Result<BTreeMap<&str, usize>, String> {
    let mut layers = BTreeMap::new();
    for (layer, line) in block.lines().enumerate() {
        let names = line.split("  ").next().unwrap_or_default();
        for name in names.split_whitespace() {
            if layers.insert(name, layer).is_some() {
                return Err(format!("the layout names `{name}` twice"));
            }
        }
    }
    Ok(layers)
}
