//! Types as programs have them: each fits strict mode, and reads what fits its schema.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::Ipv4Addr,
    num::NonZeroU8,
    path::PathBuf,
    time::Duration,
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::check;

/// Something with a default, an option and a limit.
#[derive(Debug, Default, Deserialize, JsonSchema, PartialEq)]
pub(super) struct Line {
    /// The number.
    #[schemars(range(min = 1))]
    pub(super) number: u32,
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
pub(super) enum External {
    Unit,
    /// With its own words.
    Newtype(Line),
    Tuple(u8, String),
    Struct {
        #[serde(default)]
        lines: Vec<Line>,
    },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum Internal {
    Unit,
    Newtype(Line),
    Struct {
        #[serde(default)]
        lines: Vec<Line>,
        within: Option<Box<Internal>>,
    },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(tag = "t", content = "c")]
pub(super) enum Adjacent {
    Unit,
    Newtype(Line),
    Tuple(u8, #[serde(default)] String),
    Struct {
        #[serde(default)]
        n: u8,
    },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(untagged)]
pub(super) enum Untagged {
    Map(HashMap<String, Line>),
    Line(Line),
    Text(String),
    Number(u8),
    Null,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
pub(super) enum Mark {
    Good,
    Bad,
}

#[derive(Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd)]
pub(super) enum Key {
    Left,
    Right,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
pub(super) struct Tree {
    pub(super) name: String,
    #[serde(default)]
    pub(super) children: Vec<Tree>,
    pub(super) by_name: Option<BTreeMap<String, Tree>>,
    pub(super) next: Option<Box<Tree>>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Add(Box<Expression>, Box<Expression>),
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
pub(super) struct Flat {
    #[serde(flatten)]
    pub(super) what: Internal,
    #[serde(flatten)]
    pub(super) line: Line,
    pub(super) own: u8,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct FlatTwice {
    #[serde(flatten)]
    internal: Internal,
    #[serde(flatten)]
    external: Option<External>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Everything {
    external: External,
    internal: Vec<Internal>,
    /// Words beside a reference.
    adjacent: Adjacent,
    untagged: Option<Untagged>,
    mark: Mark,
    option_mark: Option<Mark>,
    map: HashMap<String, u8>,
    map_of_lines: BTreeMap<String, Line>,
    map_of_maps: HashMap<String, HashMap<String, (u8, Line)>>,
    map_of_numbers: BTreeMap<u32, bool>,
    map_of_keys: BTreeMap<Key, Line>,
    option_map: Option<HashMap<String, u8>>,
    #[serde(default)]
    default_map: HashMap<String, u8>,
    tuple: (u8, String, Line),
    option_tuple: Option<(u8, Line)>,
    array: [u8; 3],
    list: Option<Vec<Line>>,
    deque: VecDeque<(u8,)>,
    set: BTreeSet<i64>,
    option_option: Option<Option<u8>>,
    #[serde(default)]
    default_line: Line,
    #[serde(default)]
    default_number: i16,
    #[serde(default)]
    default_option: Option<Line>,
    #[serde(rename = "type", alias = "kind")]
    renamed: String,
    unit: (),
    character: char,
    path: PathBuf,
    address: Ipv4Addr,
    duration: Duration,
    result: Result<u8, String>,
    non_zero: NonZeroU8,
    float: f32,
    flag: bool,
    #[schemars(length(max = 30), regex(pattern = "^[aü]"))]
    text: Box<str>,
    #[schemars(length(min = 1, max = 4))]
    few: Vec<u8>,
    #[serde(skip)]
    skipped: u8,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Generic<T> {
    of: Vec<T>,
}

#[test]
fn each_type_is_in_strict_mode_and_reads_what_fits_it() {
    check::<Line>();
    check::<External>();
    check::<Internal>();
    check::<Adjacent>();
    check::<Untagged>();
    check::<Mark>();
    check::<Tree>();
    check::<Expression>();
    check::<Flat>();
    check::<FlatTwice>();
    check::<Everything>();
    check::<Nothing>();
    check::<Generic<Generic<Line>>>();
    check::<Vec<Vec<Internal>>>();
    check::<Option<Line>>();
    check::<HashMap<String, Tree>>();
    check::<(u8, Line)>();
    check::<Vec<Expression>>();
    check::<String>();
}
