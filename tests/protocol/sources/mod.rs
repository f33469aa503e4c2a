//! The modules of a crate, what each of them names, and where that is defined.

mod public;
mod reader;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use reader::Reader;

/// The names of a module and of those around it, from the root on.
pub(crate) type ModulePath = Vec<String>;

/// The modules of a crate, by their paths.
pub(crate) struct Sources {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    public: bool,
    /// What is defined here, and whether it is public.
    items: BTreeMap<String, bool>,
    uses: Vec<Use>,
    /// Paths outside of `use`.
    paths: Vec<Named>,
    /// Names without a path.
    words: BTreeSet<String>,
}

struct Named {
    segments: Vec<String>,
    line: usize,
}

struct Use {
    named: Named,
    /// What it is called here; everything, if there is none.
    name: Option<String>,
    /// `pub`.
    is_public: bool,
    /// `pub`, `pub(crate)` and their like.
    is_exported: bool,
}

/// Where a path leads: to a module, or to an item of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) module: ModulePath,
    pub(crate) item: Option<String>,
}

/// That a module names something of another one.
pub(crate) struct Import {
    pub(crate) from: ModulePath,
    pub(crate) from_file: String,
    pub(crate) line: usize,
    pub(crate) to: Target,
    pub(crate) to_file: String,
    /// Passed on, and not used: what a parent exports of its children. Or only the name of a
    /// module, whose items are named elsewhere.
    pub(crate) is_idle: bool,
    /// As it is written.
    pub(crate) text: String,
    /// The same from the root of the crate on.
    path: ModulePath,
}

/// Everything under a folder, by its path from there.
pub(crate) fn files_in(folder: &Path) -> BTreeMap<String, String> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in inner.read_dir().expect("a folder of sources can be read") {
            let path = entry.expect("its entries, too").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).expect("it is in there").to_str();
                let name = name.expect("sources have plain names").to_owned();
                files.insert(name, std::fs::read_to_string(path).expect("a source can be read"));
            }
        }
    }
    files
}

impl Sources {
    /// The crate whose root is `root`, from the texts of its files.
    pub(crate) fn read(files: &BTreeMap<String, String>, root: &str) -> Self {
        let mut reader = Reader { files, modules: BTreeMap::new() };
        reader.read_file(root, &Vec::new(), true);
        Self { modules: reader.modules }
    }

    /// The modules beside the root, from outside in.
    pub(crate) fn top_modules(&self) -> impl Iterator<Item = &str> {
        let tops = self.modules.keys().filter(|path| path.len() == 1);
        tops.map(|path| path[0].as_str())
    }

    /// What modules name of others.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (from, module) in &self.modules {
            for used in &module.uses {
                let Some(mut import) = self.import(from, module, &used.named) else {
                    continue;
                };
                let is_mentioned =
                    used.name.as_ref().is_some_and(|name| module.words.contains(name));
                let is_passed_on =
                    used.is_exported && import.path.starts_with(from) && !is_mentioned;
                let is_module = used.name.is_some() && import.to.item.is_none();
                import.is_idle = is_passed_on || is_module;
                imports.push(import);
            }
            imports.extend(module.paths.iter().filter_map(|path| self.import(from, module, path)));
        }
        imports.sort_by(|a, b| (&a.from_file, a.line).cmp(&(&b.from_file, b.line)));
        imports
    }

    fn import(&self, from: &ModulePath, module: &Module, named: &Named) -> Option<Import> {
        let path = self.absolute(from, &named.segments, 0)?;
        let to = self.resolve(&path, 0);
        Some(Import {
            from: from.clone(),
            from_file: module.file.clone(),
            line: named.line,
            to_file: self.modules[&to.module].file.clone(),
            is_idle: to.item.is_none(),
            to,
            path,
            text: named.segments.join("::"),
        })
    }

    /// The path from the root on, if it leads into this crate.
    fn absolute(&self, at: &[String], segments: &[String], depth: usize) -> Option<ModulePath> {
        let (head, rest) = segments.split_first()?;
        let (mut base, mut rest) = match head.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (at.to_vec(), rest),
            "super" => (at.split_last()?.1.to_vec(), rest),
            name => {
                let child = [at, &[name.to_owned()]].concat();
                if self.modules.contains_key(&child) {
                    (child, rest)
                } else {
                    (self.imported_module(at, name, depth)?, rest)
                }
            }
        };
        while let Some(("super", further)) =
            rest.split_first().map(|(head, rest)| (head.as_str(), rest))
        {
            base.pop();
            rest = further;
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The module that `name` stands for where it is imported.
    fn imported_module(&self, at: &[String], name: &str, depth: usize) -> Option<ModulePath> {
        let path = self.imported(at, name, depth)?;
        let target = self.resolve(&path, depth + 1);
        target.item.is_none().then_some(target.module)
    }

    /// The path that `name` stands for where it is imported.
    fn imported(&self, at: &[String], name: &str, depth: usize) -> Option<ModulePath> {
        let uses = &self.modules.get(at)?.uses;
        let used = uses.iter().find(|used| used.name.as_deref() == Some(name))?;
        // One that only changes the visibility, as macros need it, leads nowhere else; and what
        // leads in a circle does not lead here.
        let segments = &used.named.segments;
        (segments.len() > 1 && depth < 16).then(|| self.absolute(at, segments, depth + 1))?
    }

    /// Where a path from the root on leads, through whatever passes it on.
    fn resolve(&self, path: &[String], depth: usize) -> Target {
        let mut at = Vec::new();
        for (i, segment) in path.iter().enumerate() {
            let child = [&at[..], std::slice::from_ref(segment)].concat();
            let is_child = self.modules.contains_key(&child);
            let is_last = i + 1 == path.len();
            // A macro may be called as the module that it comes from.
            if (is_last || !is_child)
                && let Some(mut further) = self.imported(&at, segment, depth)
                && further != child
            {
                further.extend_from_slice(&path[i + 1..]);
                return self.resolve(&further, depth + 1);
            }
            if !is_child {
                let item = self.through_glob(&at, segment, depth);
                return item.unwrap_or(Target { module: at, item: Some(segment.clone()) });
            }
            at = child;
        }
        Target { module: at, item: None }
    }

    /// Where `name` comes from if a module has it only because it imports all of another one.
    fn through_glob(&self, at: &[String], name: &str, depth: usize) -> Option<Target> {
        let module = self.modules.get(at)?;
        if depth > 16 || module.items.contains_key(name) {
            return None;
        }
        let globs = module.uses.iter().filter(|used| used.name.is_none());
        globs.filter_map(|glob| self.absolute(at, &glob.named.segments, depth + 1)).find_map(
            |mut path| {
                path.push(name.to_owned());
                let target = self.resolve(&path, depth + 1);
                let module = &self.modules[&target.module];
                let is_there =
                    target.item.as_ref().is_none_or(|item| module.items.contains_key(item));
                is_there.then_some(target)
            },
        )
    }
}
