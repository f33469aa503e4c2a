//! Strings with a type.

use super::{Context, Output, part_docs};
use crate::{
    Error,
    model::{Type, Word},
};

/// Strings that are paths on the server's machine.
const PATHS: &[&str] = &["AbsolutePathBuf", "LegacyAppPathString"];

pub(super) fn strings(
    out: &mut Output,
    context: &Context<'_>,
    ty: &Type,
    words: &[Word],
) -> Result<(), Error> {
    let name = &ty.name;
    let variants: String =
        words.iter().map(|word| format!("{}{},\n", docs(word), word.variant)).collect();
    out.item(&format!(
        "{}#[derive(Clone, Debug, PartialEq, Eq, Hash)]\n#[non_exhaustive]\npub enum {name} {{\n{variants}/// A value that this version of the SDK does not know.\nUnknown(String),\n}}",
        context.docs(ty),
    ))?;
    out.table(
        &format!("open_enum!({name}"),
        words.iter().map(|word| format!("{} = {:?};", word.variant, word.wire)),
    );
    Ok(())
}

pub(super) fn docs(word: &Word) -> String {
    part_docs(
        &word.docs,
        &format!("`{}` on the wire.", word.wire),
        Some(&word.wire),
        word.experimental,
    )
}

pub(super) fn text(out: &mut Output, context: &Context<'_>, ty: &Type) -> Result<(), Error> {
    let name = &ty.name;
    out.item(&format!(
        "{}#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub struct {name}(String);",
        context.docs(ty),
    ))?;
    let kind = if PATHS.contains(&name.as_str()) { "path_type" } else { "string_type" };
    out.call(&format!("{kind}!({name});"));
    Ok(())
}
