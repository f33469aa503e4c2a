//! The public API, item by item: what `public_api.txt` does not say has not been decided yet.
//! `UPDATE_GOLDEN=1 cargo test --test protocol public_api` writes it anew.
//!
//! It is read from the sources, not from the compiler, and so has limits. Generated types are left
//! out: `schema/api.txt` is their inventory. Macros are not expanded: what they are given stands
//! for what they make, beside their definition. Names are not resolved: one that some module
//! exports counts as public in all of them.

use std::{collections::BTreeSet, env, fs, path::Path};

use syn::{
    Attribute, Block, Field, FieldsNamed, FieldsUnnamed, File, ImplItem, Item, ItemImpl, ItemMacro,
    Token, Type, UseTree, Variant, Visibility,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

/// A module that is written by hand.
struct Module {
    path: String,
    /// Whether it can be named from outside.
    visible: bool,
    items: Vec<Item>,
}

/// Reads a module, `folder/name.rs` or `folder/name/mod.rs`, and its children.
fn load(folder: &Path, name: &str, path: &str, visible: bool, found: &mut Vec<Module>) {
    let children = folder.join(name);
    let file = [children.with_extension("rs"), children.join("mod.rs")];
    let file = file.iter().find(|file| file.is_file()).expect(path);
    let text = fs::read_to_string(file).expect("a source can be read");
    // Comments are no part of the API; within macros they could not be told from it.
    let code = text.lines().filter(|line| !line.trim_start().starts_with("///"));
    let code = code.collect::<Vec<_>>().join("\n");
    let items = syn::parse_file(&code).expect("a source is Rust").items;
    for item in &items {
        if let Item::Mod(child) = item
            && child.content.is_none()
            && child.ident != "generated"
            && child.ident != "tests"
        {
            let folder = if name == "lib" { folder } else { &children };
            let visible = visible && is_public(&child.vis);
            let name = child.ident.to_string();
            load(folder, &name, &format!("{path}::{name}"), visible, found);
        }
    }
    let path = path.to_owned();
    found.push(Module { path, visible, items });
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name and visibility of what can be named.
fn declared(item: &Item) -> Option<(String, &Visibility)> {
    let (name, visibility) = match item {
        Item::Const(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Fn(item) => (&item.sig.ident, &item.vis),
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Trait(item) => (&item.ident, &item.vis),
        Item::Type(item) => (&item.ident, &item.vis),
        _ => return None,
    };
    Some((name.to_string(), visibility))
}

#[derive(Default)]
struct Names {
    /// Declared by hand.
    own: BTreeSet<String>,
    /// Public.
    exported: BTreeSet<String>,
    /// Macros that make items.
    macros: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, visible: bool, item: &Item) {
        let visible = |visibility| visible && is_public(visibility);
        if let Some((name, visibility)) = declared(item) {
            if visible(visibility) {
                self.exported.insert(name.clone());
            }
            self.own.insert(name);
        }
        match item {
            Item::Use(item) if visible(&item.vis) => self.export(&item.tree),
            Item::Macro(item) => self.macros.extend(last(&item.mac.path)),
            _ => {}
        }
    }

    fn export(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.export(&path.tree),
            UseTree::Name(name) => drop(self.exported.insert(name.ident.to_string())),
            UseTree::Rename(name) => drop(self.exported.insert(name.rename.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.export(tree)),
            _ => {}
        }
    }

    /// Whether users know what a path leads to: it is public, or not from here, or generated.
    fn know(&self, path: &syn::Path) -> bool {
        last(path).is_some_and(|name| self.exported.contains(&name) || !self.own.contains(&name))
    }

    /// Whether an item is part of the API. Of an `impl` only that part is left.
    fn show(&self, visible: bool, item: &mut Item) -> bool {
        if let Some((name, visibility)) = declared(item) {
            return is_public(visibility) && (visible || self.exported.contains(&name));
        }
        match item {
            Item::Use(item) => visible && is_public(&item.vis),
            Item::Mod(item) => visible && is_public(&item.vis),
            Item::Macro(ItemMacro { ident: Some(name), .. }) => {
                self.macros.contains(&name.to_string())
            }
            Item::Macro(_) => true,
            Item::Impl(item) => self.show_impl(item),
            _ => false,
        }
    }

    fn show_impl(&self, item: &mut ItemImpl) -> bool {
        let of_trait = item.trait_.is_some();
        item.items.retain(|item| match item {
            ImplItem::Fn(item) => !of_trait && is_public(&item.vis),
            ImplItem::Const(item) => of_trait || is_public(&item.vis),
            _ => true,
        });
        matches!(&*item.self_ty, Type::Path(own) if self.know(&own.path))
            && item.trait_.as_ref().is_none_or(|(path, _)| self.know(path))
            && (of_trait || !item.items.is_empty())
    }
}

fn last(path: &syn::Path) -> Option<String> {
    path.segments.last().map(|segment| segment.ident.to_string())
}

/// Leaves of an item what its users see.
struct Strip;

impl VisitMut for Strip {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let seen = ["cfg", "deprecated", "derive", "non_exhaustive"];
        attributes.retain(|attribute| seen.iter().any(|name| attribute.path().is_ident(name)));
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.clear();
    }

    fn visit_fields_named_mut(&mut self, fields: &mut FieldsNamed) {
        public_only(&mut fields.named);
        visit_mut::visit_fields_named_mut(self, fields);
    }

    fn visit_fields_unnamed_mut(&mut self, fields: &mut FieldsUnnamed) {
        public_only(&mut fields.unnamed);
        visit_mut::visit_fields_unnamed_mut(self, fields);
    }

    /// All fields of a variant are public.
    fn visit_variant_mut(&mut self, variant: &mut Variant) {
        self.visit_attributes_mut(&mut variant.attrs);
        for field in &mut variant.fields {
            self.visit_attributes_mut(&mut field.attrs);
        }
    }
}

fn public_only(fields: &mut Punctuated<Field, Token![,]>) {
    let all = std::mem::take(fields).into_iter();
    fields.extend(all.filter(|field| is_public(&field.vis)));
}

fn print(mut item: Item) -> String {
    Strip.visit_item_mut(&mut item);
    let file = File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
    let text = prettyplease::unparse(&file);
    // What is left of a body is empty.
    let bodies = [",\n    {}", ",\n{}", " {}"];
    bodies.iter().fold(text, |text, body| text.replace(body, ";"))
}

fn public_api() -> String {
    let (mut modules, mut names) = (Vec::new(), Names::default());
    let src = support::root().join("src");
    load(&src, "lib", "codex_app_server", true, &mut modules);
    for module in &modules {
        module.items.iter().for_each(|item| names.add(module.visible, item));
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    let mut text = String::new();
    for mut module in modules {
        module.items.retain_mut(|item| names.show(module.visible, item));
        let mut items: Vec<_> = module.items.into_iter().map(print).collect();
        items.sort();
        if !items.is_empty() {
            text += &format!("// {}\n\n{}\n", module.path, items.concat());
        }
    }
    text
}

#[test]
fn the_public_api_is_the_one_that_was_decided() {
    let path = support::root().join("tests/protocol/public_api.txt");
    let actual = public_api();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(path, actual).expect("the list can be written");
    }
    let decided = fs::read_to_string(path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, after) = (lines(&decided), lines(&actual));
    assert!(
        decided == actual,
        "the public API has changed; UPDATE_GOLDEN=1 writes tests/protocol/public_api.txt anew.\ngone: {:#?}\nnew: {:#?}",
        before.difference(&after),
        after.difference(&before)
    );
}
