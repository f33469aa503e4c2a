//! The text that is written: formatted items, and the tables of macros.

use crate::error::Error;
use proc_macro2::TokenStream;

/// The text so far.
#[derive(Default)]
pub(super) struct Output {
    text: String,
}

impl Output {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds items, formatted.
    pub(super) fn items(&mut self, tokens: TokenStream) -> Result<(), Error> {
        let file = syn::parse2(tokens.clone())
            .map_err(|source| Error::Emit { source, text: tokens.to_string() })?;
        self.text.push('\n');
        self.text.push_str(&prettyplease::unparse(&file));
        Ok(())
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a call of a macro with a table in braces: `object!(Name { … });`.
    pub(super) fn table(&mut self, call: &str, rows: impl IntoIterator<Item = String>) {
        self.tables(call, [("", rows)], "");
    }

    /// Adds a call of a macro with some tables, each after what it is called:
    /// `keyed_union!(Name { … } { … });`.
    pub(super) fn tables<R: IntoIterator<Item = String>>(
        &mut self,
        call: &str,
        tables: impl IntoIterator<Item = (impl AsRef<str>, R)>,
        end: &str,
    ) {
        self.text.push_str(call);
        for (name, rows) in tables {
            self.text.push_str(name.as_ref());
            self.text.push_str(" {");
            self.rows(rows);
            self.text.push('}');
        }
        self.text.push_str(end);
        self.line(");");
    }

    /// Adds a call of a macro that is a table: `server_requests! { … }`.
    pub(super) fn braces(&mut self, call: &str, rows: impl IntoIterator<Item = String>) {
        self.text.push_str(call);
        self.text.push_str(" {");
        self.rows(rows);
        self.line("}");
    }

    /// A row may have lines of its own, like those of its documentation.
    fn rows(&mut self, rows: impl IntoIterator<Item = String>) {
        for (index, row) in rows.into_iter().enumerate() {
            if index == 0 {
                self.text.push('\n');
            }
            for line in row.lines() {
                self.text.push_str("    ");
                self.line(line);
            }
        }
    }
}
