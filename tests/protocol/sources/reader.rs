//! Reads sources token by token, so that what stands in the body of a macro counts as well.
//!
//! Comments, attributes and what only tests are built with do not count.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use super::{Module, ModulePath, Named, Use};

/// The words that an item begins with, before its name.
const ITEMS: &[&str] =
    &["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];

/// Where tokens stand.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Where a module has its items, also those that a macro is given.
    Items,
    Body,
}

pub(super) struct Reader<'a> {
    /// Texts by their paths from the folder of the crate, and what `include!` names, by file name.
    pub(super) files: &'a BTreeMap<String, String>,
    pub(super) modules: BTreeMap<ModulePath, Module>,
}

impl Reader<'_> {
    /// Reads a module that has a file of its own, and its children.
    pub(super) fn read_file(&mut self, file: &str, at: &ModulePath, public: bool) {
        let text = self.files.get(file).unwrap_or_else(|| panic!("{file} is missing"));
        let module = Module { file: file.to_owned(), public, ..Module::default() };
        self.modules.insert(at.clone(), module);
        self.read(tokens_of(file, text), at, Place::Items);
    }

    fn module(&mut self, at: &ModulePath) -> &mut Module {
        self.modules.get_mut(at).expect("a module is known before its tokens are read")
    }

    fn read(&mut self, tokens: TokenStream, at: &ModulePath, place: Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut i, mut is_public, mut is_exported) = (0, false, false);
        while let Some(token) = tokens.get(i) {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    i = self.after_attribute(&tokens, i);
                    continue;
                }
                TokenTree::Group(group) => {
                    let is_given = i > 0 && is_punct(&tokens[i - 1], '!');
                    let inner = if is_given { place } else { Place::Body };
                    self.read(group.stream(), at, inner);
                    (is_public, is_exported) = (false, false);
                }
                TokenTree::Ident(ident) => match ident.to_string().as_str() {
                    "pub" => {
                        let scope = tokens.get(i + 1).and_then(restriction);
                        (is_public, is_exported) = (scope.is_none(), true);
                        i += usize::from(scope.is_some());
                    }
                    "use" if !tokens.get(i + 1).is_some_and(|next| is_punct(next, '<')) => {
                        let end = end_of(&tokens, i, |token| is_punct(token, ';'));
                        let mut found = Vec::new();
                        read_use(&tokens[i + 1..end], &[], &mut found);
                        for mut found in found {
                            (found.is_public, found.is_exported) = (is_public, is_exported);
                            self.module(at).uses.push(found);
                        }
                        (is_public, is_exported) = (false, false);
                        i = end;
                    }
                    "mod" if name_at(&tokens, i + 1).is_some() => {
                        self.read_child(&tokens[i + 1..], at, is_public);
                        (is_public, is_exported) = (false, false);
                        // Its name, and what it holds.
                        i += 2;
                    }
                    "include" if tokens.get(i + 1).is_some_and(|next| is_punct(next, '!')) => {
                        if let Some(TokenTree::Group(group)) = tokens.get(i + 2) {
                            self.include(group, at);
                        }
                        i += 2;
                    }
                    word => i = self.read_word(word, &tokens, i, at, (place, is_public)),
                },
                _ => {}
            }
            i += 1;
        }
    }

    /// Reads the item at `i`, the path that begins there, or a word; gives the place of its end.
    fn read_word(
        &mut self,
        word: &str,
        tokens: &[TokenTree],
        i: usize,
        at: &ModulePath,
        (place, is_public): (Place, bool),
    ) -> usize {
        if place == Place::Items && ITEMS.contains(&word) {
            let bang = tokens.get(i + 1).is_some_and(|next| is_punct(next, '!'));
            let name = i + 1 + usize::from(bang);
            if let Some(name) = name_at(tokens, name) {
                self.module(at).items.entry(name).or_insert(is_public);
            }
        }
        let before = i.checked_sub(1).map(|before| &tokens[before]);
        let is_own = |mark| before.is_some_and(|before| is_punct(before, mark));
        let is_variable = is_own('$') && word != "crate";
        if is_own(':') && i > 1 && is_colons(tokens, i - 2) || is_own('.') || is_variable {
            return i;
        }
        let (mut segments, mut end) = (vec![word.to_owned()], i);
        while is_colons(tokens, end + 1)
            && let Some(segment) = name_at(tokens, end + 3)
        {
            segments.push(segment);
            end += 3;
        }
        if segments.len() > 1 {
            let line = tokens[i].span().start().line;
            self.module(at).paths.push(Named { segments, line });
        } else {
            self.module(at).words.insert(word.to_owned());
        }
        end
    }

    /// Reads `name;` or `name { … }` after `mod`.
    fn read_child(&mut self, tokens: &[TokenTree], at: &ModulePath, is_public: bool) {
        let Some(name) = name_at(tokens, 0).filter(|name| name != "tests") else {
            return;
        };
        let child: ModulePath = at.iter().cloned().chain([name]).collect();
        match tokens.get(1) {
            Some(TokenTree::Group(group)) => {
                let file = self.module(at).file.clone();
                let module = Module { file, public: is_public, ..Module::default() };
                self.modules.insert(child.clone(), module);
                self.read(group.stream(), &child, Place::Items);
            }
            _ => {
                let path = child.join("/");
                let files = [format!("{path}.rs"), format!("{path}/mod.rs")];
                let file = files.iter().find(|file| self.files.contains_key(*file));
                let file = file.unwrap_or_else(|| panic!("`mod {path}` has no file"));
                self.read_file(file, &child, is_public);
            }
        }
    }

    /// Reads a file that the build script writes as a part of this module.
    fn include(&mut self, group: &Group, at: &ModulePath) {
        let path = literals(group.stream()).pop().unwrap_or_default();
        let name = path.trim_matches('"').rsplit('/').next().unwrap_or_default().to_owned();
        let text = self.files.get(&name).unwrap_or_else(|| {
            panic!("`include!` of {name}, which the tests do not know: add it to the sources")
        });
        self.read(tokens_of(&name, text), at, Place::Items);
    }

    /// The place after an attribute, or after the item if that is only there for tests, or a file
    /// of another package.
    fn after_attribute(&self, tokens: &[TokenTree], i: usize) -> usize {
        let group = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|next| is_punct(next, '!')));
        match tokens.get(group) {
            Some(TokenTree::Group(attribute)) if is_for_tests(attribute) || is_path(attribute) => {
                after_item(tokens, group + 1)
            }
            Some(TokenTree::Group(_)) => group + 1,
            _ => i + 1,
        }
    }
}

fn tokens_of(file: &str, text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{file} is no Rust: {error}"))
}

fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Whether `::` stands at `i`.
fn is_colons(tokens: &[TokenTree], i: usize) -> bool {
    let joint = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
    tokens.get(i).is_some_and(joint) && tokens.get(i + 1).is_some_and(|next| is_punct(next, ':'))
}

fn name_at(tokens: &[TokenTree], i: usize) -> Option<String> {
    match tokens.get(i) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// What is in the parentheses of `pub(crate)` and its like.
fn restriction(token: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    let inner: Vec<_> = group.stream().into_iter().collect();
    name_at(&inner, 0)
        .filter(|_| group.delimiter() == Delimiter::Parenthesis)
        .filter(|word| ["crate", "in", "self", "super"].contains(&word.as_str()))
}

/// The place of the first token from `i` on that is `last`, or of the end.
fn end_of(tokens: &[TokenTree], i: usize, last: impl Fn(&TokenTree) -> bool) -> usize {
    let rest = tokens.iter().skip(i).position(last);
    rest.map_or(tokens.len(), |rest| i + rest)
}

/// The place after the item, field or statement that begins at `i`, with its other attributes.
fn after_item(tokens: &[TokenTree], mut i: usize) -> usize {
    while tokens.get(i).is_some_and(|token| is_punct(token, '#')) {
        i += 2;
    }
    let mut word = i;
    while let Some("pub" | "async" | "unsafe") = name_at(tokens, word).as_deref() {
        word += 1 + usize::from(tokens.get(word + 1).and_then(restriction).is_some());
    }
    let is_brace = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let end = match name_at(tokens, word).as_deref() {
        Some("const" | "let" | "static" | "type" | "use") => {
            end_of(tokens, i, |token| is_punct(token, ';'))
        }
        Some("enum" | "fn" | "impl" | "macro_rules" | "mod" | "struct" | "trait") => {
            end_of(tokens, i, |token| is_punct(token, ';') || is_brace(token))
        }
        _ => end_of(tokens, i, |token| {
            is_punct(token, ';') || is_punct(token, ',') || is_brace(token)
        }),
    };
    end + 1
}

/// Whether an attribute is `cfg(test)` or its like.
fn is_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    words.first() == Some(&"cfg")
        && words.iter().any(|word| ["doctest", "test"].contains(word))
        && !words.contains(&"not")
}

/// `#[path = "…"]`.
fn is_path(attribute: &Group) -> bool {
    name_at(&attribute.stream().into_iter().collect::<Vec<_>>(), 0).as_deref() == Some("path")
}

fn literals(tokens: TokenStream) -> Vec<String> {
    let of_token = |token| match token {
        TokenTree::Literal(literal) => vec![literal.to_string()],
        TokenTree::Group(group) => literals(group.stream()),
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(of_token).collect()
}

/// Reads a tree of `use`: a path, or several after a common beginning.
fn read_use(tokens: &[TokenTree], beginning: &[String], found: &mut Vec<Use>) {
    let mut segments = beginning.to_vec();
    let mut i = usize::from(tokens.first().is_some_and(|first| is_punct(first, '$')));
    loop {
        let line = tokens.get(i).map_or(0, |token| token.span().start().line);
        match tokens.get(i) {
            Some(TokenTree::Ident(ident)) => {
                segments.push(ident.to_string());
                if is_colons(tokens, i + 1) {
                    i += 3;
                    continue;
                }
                if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
                    segments.pop();
                }
                let renamed = name_at(tokens, i + 1).filter(|word| word == "as");
                let renamed = renamed.and_then(|_| name_at(tokens, i + 2));
                let name = renamed.or_else(|| segments.last().cloned());
                let named = Named { segments, line };
                found.push(Use { named, name, is_public: false, is_exported: false });
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                let named = Named { segments, line };
                found.push(Use { named, name: None, is_public: false, is_exported: false });
            }
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is_punct(token, ',')) {
                    read_use(part, &segments, found);
                }
            }
            _ => {}
        }
        return;
    }
}
