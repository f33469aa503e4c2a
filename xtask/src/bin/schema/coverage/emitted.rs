//! What the generator has really written, read back from its Rust: whether it is what was planned.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, LitStr};
use xtask::error::Result;

use super::typed::{Parts, Request, Typed};

/// Reads generated source: items, and the tables of the macros that give them behaviour.
pub(crate) fn read(source: &str) -> Result<Typed> {
    let file = syn::parse_file(source)
        .map_err(|error| format!("what was generated is not Rust: {error}"))?;
    let mut items = BTreeMap::new();
    let mut tables = Vec::new();
    for item in file.items {
        match item {
            Item::Struct(item) => {
                let field = |field: syn::Field| {
                    let ty = field.ty.to_token_stream().to_string();
                    Some((field.ident?.to_string(), ty))
                };
                let fields: Parts = item.fields.into_iter().filter_map(field).collect();
                items.insert(item.ident.to_string(), fields);
            }
            Item::Enum(item) => {
                items.insert(item.ident.to_string(), Parts::new());
            }
            Item::Macro(item) => {
                tables.push((item.mac.path.to_token_stream().to_string(), item.mac.tokens));
            }
            _ => {}
        }
    }

    let mut emitted = Typed::default();
    // A server request is read by one table, and has its response in another.
    let (mut read, mut responded) = (BTreeMap::new(), BTreeMap::new());
    for (table, tokens) in &tables {
        match (table.as_str(), first_ident(tokens).as_str()) {
            ("client_requests", _) => {
                emitted.requests = rows(tokens).filter_map(Row::request).collect()
            }
            ("server_requests", _) => responded = rows(tokens).filter_map(Row::request).collect(),
            ("messages", "ServerNotification") => {
                emitted.notifications = body(tokens).filter_map(Row::message).collect();
            }
            ("messages", _) => read = body(tokens).filter_map(Row::message).collect(),
            ("object", name) => {
                if let Some(fields) = items.get(name) {
                    let field =
                        |row: Row| Some((row.text?, fields.get(row.idents.first()?)?.clone()));
                    let parts = body(tokens).filter_map(field).collect();
                    emitted.types.insert(name.to_owned(), parts);
                }
            }
            _ => {}
        }
    }
    responded.retain(|method, request: &mut Request| read.get(method) == Some(&request.params));
    emitted.server_requests = responded;

    let mut enums = BTreeMap::new();
    for (table, tokens) in &tables {
        let name = first_ident(tokens);
        let is_type = [
            "open_enum",
            "tagged_union",
            "keyed_union",
            "untagged_union",
            "string_type",
            "path_type",
        ];
        if is_type.contains(&table.as_str()) && items.contains_key(&name) {
            let parts = body(tokens).flat_map(|row| row.branch(&emitted.types));
            enums.insert(name, parts.collect());
        }
    }
    emitted.types.extend(enums);
    Ok(emitted)
}

/// One row of a table, up to its semicolon.
#[derive(Default)]
struct Row {
    idents: Vec<String>,
    /// The first string.
    text: Option<String>,
    /// What stands in parentheses.
    content: Option<TokenStream>,
    /// What stands in braces.
    shape: Option<TokenStream>,
}

impl Row {
    /// `Params -> Response = "method", …`.
    fn request(self) -> Option<(String, Request)> {
        let mut idents = self.idents.into_iter();
        Some((self.text?, Request { params: idents.next()?, response: idents.next()? }))
    }

    /// `Variant(Params) = "method"`.
    fn message(self) -> Option<(String, String)> {
        Some((self.text?, self.content?.to_string()))
    }

    /// `Variant = "value"`, `Variant(Content) = "branch"` or `Variant(Content) = Shape::…`, with
    /// the fields of the content.
    fn branch(self, objects: &BTreeMap<String, Parts>) -> Vec<(String, String)> {
        let content = self.content.map(|content| content.to_string()).unwrap_or_default();
        let names = match (self.text, self.idents.last().map(String::as_str)) {
            (Some(text), _) => vec![format!("{text:?}")],
            (None, Some("Text")) => vec!["|string".to_owned()],
            (None, Some("Integer")) => vec!["|integer".to_owned()],
            (None, Some("List")) => vec!["|list".to_owned()],
            (None, _) => {
                let required = self.shape.map(|shape| first_list(&shape)).unwrap_or_default();
                vec![format!("|{content}"), format!("|{{{}}}", required.join(", "))]
            }
        };
        let fields = objects.get(&content).into_iter().flatten();
        let with_fields = names.iter().flat_map(|name| {
            fields.clone().map(move |(field, ty)| (format!("{name}.{field}"), ty.clone()))
        });
        let mut parts: Vec<_> = with_fields.collect();
        parts.extend(names.into_iter().map(|name| (name, content.clone())));
        parts
    }
}

/// The rows in all braces of a table.
fn body(tokens: &TokenStream) -> impl Iterator<Item = Row> {
    let in_braces = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    };
    let bodies: Vec<_> = tokens.clone().into_iter().filter_map(in_braces).collect();
    bodies.into_iter().flat_map(|body| rows(&body).collect::<Vec<_>>())
}

fn rows(tokens: &TokenStream) -> impl Iterator<Item = Row> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let is_end =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let rows: Vec<Row> = tokens.split(is_end).filter(|row| !row.is_empty()).map(row).collect();
    rows.into_iter()
}

fn row(tokens: &[TokenTree]) -> Row {
    let mut row = Row::default();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => row.idents.push(ident.to_string()),
            TokenTree::Literal(_) => row.text = row.text.or_else(|| text(token)),
            TokenTree::Group(group) => match group.delimiter() {
                Delimiter::Parenthesis => row.content = row.content.or(Some(group.stream())),
                Delimiter::Brace => row.shape = Some(group.stream()),
                _ => {}
            },
            TokenTree::Punct(_) => {}
        }
    }
    row
}

fn text(token: &TokenTree) -> Option<String> {
    let literal = syn::parse2::<LitStr>(token.clone().into()).ok()?;
    Some(literal.value())
}

fn first_ident(tokens: &TokenStream) -> String {
    let ident = |token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    };
    tokens.clone().into_iter().find_map(ident).unwrap_or_default()
}

/// The strings of the first list in brackets.
fn first_list(tokens: &TokenStream) -> Vec<String> {
    let in_brackets = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(group),
        _ => None,
    };
    let list: Option<Group> = tokens.clone().into_iter().find_map(in_brackets);
    let tokens = list.map(|list| list.stream()).into_iter().flatten();
    tokens.filter_map(|token| text(&token)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        pub struct ThingParams { pub r#type: Option<String>, pub any: Value, pub unknown_fields: UnknownFields }
        object!(ThingParams { r#type: "type" optional; any: "anyThing" required; });
        pub struct ThingResponse { pub unknown_fields: UnknownFields }
        object!(ThingResponse {});
        pub struct Unread {}
        pub enum Level { Low, High, Unknown(String) }
        open_enum!(Level { Low = "low"; High = "high"; });
        pub enum Item { Thing(ThingParams), Pause, Unknown(UnknownValue) }
        tagged_union!(Item by "type" { Thing(ThingParams) = "thing"; Pause = "pause"; });
        pub enum Policy { Never, Custom(String), Unknown(UnknownValue) }
        keyed_union!(Policy { Never = "never"; } { Custom(String) = "custom"; });
        pub enum Mixed { Text(String), List(Vec<String>), Thing(ThingResponse) }
        untagged_union!(Mixed {
            Text(String) = Shape::Text;
            List(Vec<String>) = Shape::List;
            Thing(ThingResponse) = Shape::Object { required: &["a", "b"], known: &["a", "b", "c"], tags: &[] };
        } Unknown);
        pub struct Path(String);
        path_type!(Path);
        messages!(ServerNotification { Changed(ThingParams) = "changed"; });
        messages!(ServerRequest { Ask(ThingParams) = "ask"; Half(ThingParams) = "half"; });
        server_requests! { ThingParams -> ThingResponse = "ask", false; Unread -> ThingResponse = "unread", true; }
        client_requests! {
            ThingParams -> ThingResponse = "thing", false;
            ThingListParams -> ThingResponse = "thing/list", true;
        }
    "#;

    #[test]
    fn types_need_a_definition_and_a_table() {
        let types = read(SOURCE).unwrap().types;
        let lines = types.iter().flat_map(|(name, parts)| {
            let parts = parts.iter().map(|(name, ty)| format!("  {name}: {}", ty.replace(' ', "")));
            [name.clone()].into_iter().chain(parts)
        });
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                "Item",
                "  \"pause\": ",
                "  \"thing\": ThingParams",
                "  \"thing\".anyThing: Value",
                "  \"thing\".type: Option<String>",
                "Level",
                "  \"high\": ",
                "  \"low\": ",
                "Mixed",
                "  |ThingResponse: ThingResponse",
                "  |list: Vec<String>",
                "  |string: String",
                "  |{a, b}: ThingResponse",
                "Path",
                "Policy",
                "  \"custom\": String",
                "  \"never\": ",
                "ThingParams",
                "  anyThing: Value",
                "  type: Option<String>",
                "ThingResponse",
            ]
        );
    }

    #[test]
    fn methods_are_those_of_the_tables() {
        let emitted = read(SOURCE).unwrap();
        let lines = |requests: &BTreeMap<String, Request>| -> Vec<String> {
            requests
                .iter()
                .map(|(name, request)| format!("{name} {} -> {}", request.params, request.response))
                .collect()
        };
        assert_eq!(
            lines(&emitted.requests),
            ["thing ThingParams -> ThingResponse", "thing/list ThingListParams -> ThingResponse",]
        );
        assert_eq!(lines(&emitted.server_requests), ["ask ThingParams -> ThingResponse"]);
        assert_eq!(emitted.notifications["changed"], "ThingParams");
    }
}
