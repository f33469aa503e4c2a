//! Names as a Rust reader expects them, and never two that are the same.
//!
//! All names of the generated code follow one rule. It looks at one set of names at a time: the
//! types of the protocol, the variants of an enum, the fields of a struct, the methods of the
//! clients, the modules of areas, the constants of a text.
//!
//! 1. A name is what the case rules of Rust make of the one on the wire: `fooBar`, `foo_bar` and
//!    `foo/bar` become the variant `FooBar` and the field `foo_bar`. What is not ASCII is written
//!    as its code, `u00e9`; a name without any letter or digit is spelled, `Dash` for `-`; one that
//!    begins with a digit gets a `V` before it. A definition keeps its name if Rust takes it.
//! 2. A name that is taken, by a keyword or by something of ours ([`taken`]), gets an underscore at
//!    its end: `type_`. A few get a better one, from the tables here.
//! 3. Of those that come to the same name, the plainest keeps it: the one with the fewest marks,
//!    then with the fewest capitals, then the first by its bytes. Each other has its marks spelled:
//!    beside `gpt-54`, which is `Gpt54`, `gpt-5.4` is `GptDash5Dot4`.
//! 4. What still is the same gets a number, in the order of the bytes: `FOO` beside `foo` is
//!    `Foo2`.
//!
//! So the order in which the schema has them never matters, a name is always one that Rust takes,
//! and nothing fails because of a name. Whoever wants a better one adds a row to a table here.

mod spelling;
mod taken;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use std::collections::{BTreeMap, BTreeSet};

/// The ending of the structs of a union's branches, where it is not the name of the union.
const BRANCH_ENDINGS: &[(&str, &str)] = &[
    // `AgentMessageItem`, as everybody calls it.
    ("ThreadItem", "Item"),
    // Shorter, and still clear.
    ("AccountSessionsSwitchResponse", "AccountSwitch"),
    ("CommandExecutionApprovalDecision", ""),
    ("McpServerElicitationRequestParams", "ElicitationParams"),
    ("ModelProviderError", "Error"),
];

/// Tags and values that have a better variant than by the rule.
const VARIANTS: &[(&str, &str)] = &[
    // A legacy spelling of `openai/form`.
    ("openaiForm", "LegacyOpenaiForm"),
];

/// Variants that have a better name.
const BETTER: &[(&str, &str)] = &[
    // `Unknown` is what the SDK does not know; this is what the server does not know.
    ("Unknown", "Unspecified"),
];

/// How the params of requests are called, after their method.
pub(crate) const PARAMS: &str = "Params";

/// How the params of notifications are called, after their method.
pub(crate) const NOTIFICATION: &str = "Notification";

/// Names in Rust by those on the wire.
pub(crate) type Names = BTreeMap<String, String>;

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A type of the protocol.
    Type,
    /// A variant of an enum.
    Variant,
    /// A field of a struct, with its setter. `field_types.json` keeps those names.
    #[cfg_attr(not(any(feature = "typify", test)), allow(dead_code, reason = "regen asks"))]
    Field,
    /// A method of the clients.
    Method,
    /// A module of the protocol.
    Module,
    /// A constant of a type.
    Constant,
}

/// The names of one set, which are all different.
pub(crate) fn distinct<'a>(kind: Kind, wires: impl IntoIterator<Item = &'a str>) -> Names {
    let wires: BTreeSet<&str> = wires.into_iter().collect();
    let mut wanted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for wire in wires {
        wanted.entry(kind.name(wire)).or_default().push(wire);
    }
    let mut used: BTreeSet<String> = wanted.keys().cloned().collect();
    let (mut names, mut others) = (Names::new(), BTreeSet::new());
    for (name, mut same) in wanted {
        same.sort_by_key(|wire| (kind.is_altered(wire), spelling::plainness(wire), *wire));
        let mut same = same.into_iter();
        names.extend(same.next().map(|plainest| (plainest.to_owned(), name)));
        others.extend(same);
    }
    for wire in others {
        let name = kind.free(kind.cased(&spelling::spelled(wire)), |name| used.contains(name));
        used.insert(name.clone());
        names.insert(wire.to_owned(), name);
    }
    names
}

impl Kind {
    /// The name that something wants, whatever stands beside it.
    pub(crate) fn name(self, wire: &str) -> String {
        match self {
            Self::Type if spelling::is_type(wire) => self.not_taken(wire.to_owned()),
            _ => self.cased(&spelling::natural(wire)),
        }
    }

    /// Words as a name that is not taken.
    fn cased(self, words: &str) -> String {
        if let (Self::Variant, Some((_, name))) =
            (self, VARIANTS.iter().find(|(text, _)| *text == words))
        {
            return (*name).to_owned();
        }
        let name = match self {
            Self::Type | Self::Variant => words.to_upper_camel_case(),
            Self::Field | Self::Module => words.to_snake_case(),
            // One word, for all but the case rules.
            Self::Method => words.replace("OAuth", "Oauth").to_snake_case(),
            Self::Constant => words.to_shouty_snake_case(),
        };
        let name = match (self, name.starts_with(|first: char| first.is_ascii_digit())) {
            (_, false) => name,
            (Self::Type | Self::Variant | Self::Constant, true) => format!("V{name}"),
            (Self::Field | Self::Method | Self::Module, true) => format!("v{name}"),
        };
        self.not_taken(name)
    }

    pub(crate) fn not_taken(self, mut name: String) -> String {
        name.truncate(spelling::LONGEST);
        if let (Self::Variant, Some((_, better))) =
            (self, BETTER.iter().find(|(taken, _)| *taken == name))
        {
            return (*better).to_owned();
        }
        if self.is_taken(&name) {
            name.push('_');
        }
        name
    }

    fn is_taken(self, name: &str) -> bool {
        let ours = match self {
            Self::Type => taken::TYPES,
            Self::Variant => taken::VARIANTS,
            Self::Field => taken::FIELDS,
            Self::Method => taken::METHODS,
            Self::Module => taken::MODULES,
            Self::Constant => &[],
        };
        ours.contains(&name) || taken::is_keyword(name)
    }

    /// Whether a name is another than its wire name says.
    fn is_altered(self, wire: &str) -> bool {
        let letters = |text: &str| -> String {
            let letters = text.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_lowercase()).collect()
        };
        letters(wire) != letters(&self.name(wire))
    }

    /// The name, or the first free one with a number.
    pub(crate) fn free(self, name: String, is_used: impl Fn(&str) -> bool) -> String {
        if !is_used(&name) {
            return name;
        }
        let name = name.trim_end_matches('_');
        let camel = matches!(self, Self::Type | Self::Variant);
        // `Gpt5_2` is camel case in Rust's eyes, `Gpt_2` is not.
        let between =
            if camel && !name.ends_with(|last: char| last.is_ascii_digit()) { "" } else { "_" };
        let mut numbered = (2_u32..).map(|number| format!("{name}{between}{number}"));
        numbered.find(|name| !is_used(name)).unwrap_or_default()
    }
}

/// The variants of an enum, by tag, key or value.
pub(crate) fn variants<'a>(wires: impl IntoIterator<Item = &'a str>) -> Names {
    distinct(Kind::Variant, wires)
}

/// The variants of the keys of a union whose other branches are these strings. A key that is also a
/// string stands for what comes with it.
pub(crate) fn keyed_variants<'a>(
    words: impl IntoIterator<Item = &'a str>,
    keys: impl IntoIterator<Item = &'a str>,
) -> (Names, Names) {
    let words: BTreeSet<&str> = words.into_iter().collect();
    let keys: BTreeMap<&str, String> = keys
        .into_iter()
        // No other name has a NUL.
        .map(|key| (key, if words.contains(key) { format!("{key}\0content") } else { key.into() }))
        .collect();
    let all = variants(words.iter().copied().chain(keys.values().map(String::as_str)));
    let of = |text: &str| all.get(text).cloned().unwrap_or_default();
    (
        words.iter().map(|word| ((*word).to_owned(), of(word))).collect(),
        keys.iter().map(|(key, text)| ((*key).to_owned(), of(text))).collect(),
    )
}

/// The method that reads a field of whichever branch of a union there is.
pub(crate) fn accessor(field: &str) -> String {
    if taken::ACCESSORS.contains(&field) { format!("{field}_") } else { field.to_owned() }
}

/// The structs of the branches of a union, by tag or key. They make way for what is used already:
/// the names of definitions are those of the schema.
pub(crate) fn branch_structs<'a>(
    union: &str,
    wires: impl IntoIterator<Item = &'a str>,
    is_used: impl Fn(&str) -> bool,
) -> Names {
    let mut variants: Vec<_> = variants(wires).into_iter().collect();
    // `ExternalSandboxPolicy` is rather `external` than `externalSandbox` of `SandboxPolicy`.
    variants.sort_by(|(_, left), (_, right)| (left.len(), left).cmp(&(right.len(), right)));
    let mut names = Names::new();
    for (wire, variant) in variants {
        let is_used =
            |name: &str| is_used(name) || names.values().any(|known| known.as_str() == name);
        let short = Kind::Type.not_taken(branch_struct(union, &variant));
        let name = if is_used(&short) {
            Kind::Type.free(Kind::Type.not_taken(format!("{union}{variant}")), is_used)
        } else {
            short
        };
        names.insert(wire, name);
    }
    names
}

/// The struct of a branch of a union, as it is best called.
fn branch_struct(union: &str, variant: &str) -> String {
    let ending =
        BRANCH_ENDINGS.iter().find(|(name, _)| *name == union).map_or(union, |(_, ending)| ending);
    let (variant, ending) = (words(variant), words(ending));
    // `ExternalSandbox` of `SandboxPolicy` is `ExternalSandboxPolicy`.
    let overlap = (0..=variant.len().min(ending.len()))
        .rev()
        .find(|count| variant.ends_with(&ending[..*count]));
    variant.concat() + &ending[overlap.unwrap_or(0)..].concat()
}

/// The types of what methods carry where the schema has none, by method. They make way as those of
/// branches do.
pub(crate) fn payloads_of_methods<'a>(
    wires: impl IntoIterator<Item = &'a str>,
    ending: &str,
    is_used: impl Fn(&str) -> bool,
) -> Names {
    let mut names = Names::new();
    for (wire, variant) in variants(wires) {
        let is_used =
            |name: &str| is_used(name) || names.values().any(|known| known.as_str() == name);
        let name = Kind::Type.free(format!("{variant}{ending}"), is_used);
        names.insert(wire, name);
    }
    names
}

/// The type of params that stand in the list of methods themselves.
pub(crate) fn inline_params(wire: &str, is_used: impl Fn(&str) -> bool) -> String {
    payloads_of_methods([wire], PARAMS, is_used).remove(wire).unwrap_or_default()
}

/// The params type that a method without params would have, which says what its response is called.
pub(crate) fn params_of_method(wire: &str) -> String {
    format!("{}{PARAMS}", Kind::Variant.name(wire))
}

/// What is left of a name without the words at both ends that it shares with another.
pub(crate) fn distinct_part(name: &str, other: &str) -> String {
    let (name_words, other_words) = (words(name), words(other));
    let mut own = name_words.as_slice();
    let mut rest = other_words.as_slice();
    while let ([first, tail @ ..], [other, others @ ..]) = (own, rest) {
        if first != other || tail.is_empty() {
            break;
        }
        (own, rest) = (tail, others);
    }
    while let ([head @ .., last], [others @ .., other]) = (own, rest) {
        if last != other || head.is_empty() {
            break;
        }
        (own, rest) = (head, others);
    }
    own.concat()
}

/// How many words two names have in common.
pub(crate) fn shared_words(name: &str, other: &str) -> usize {
    let other = words(other);
    words(name).iter().filter(|word| other.contains(word)).count()
}

/// Whether Rust takes a name.
pub(crate) fn is_name(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok() && !taken::is_keyword(name)
}

fn words(name: &str) -> Vec<String> {
    name.to_snake_case().split('_').map(ToUpperCamelCase::to_upper_camel_case).collect()
}

#[cfg(test)]
mod tests;
