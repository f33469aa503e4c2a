//! The paths by which users of a crate name what is public in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Module, ModulePath, Sources, Target, Use};

impl Sources {
    /// All paths of each public module and item.
    pub(crate) fn public_paths(&self) -> BTreeMap<Target, BTreeSet<String>> {
        let mut paths: BTreeMap<Target, BTreeSet<String>> = BTreeMap::new();
        for (at, module) in self.modules.iter().filter(|(path, _)| self.is_public(path)) {
            let own = public_items(at, module).map(|target| (at.clone(), target));
            let exported = module.uses.iter().filter(|used| used.is_public);
            let exported = exported.flat_map(|used| self.exports(at, used));
            for (at, (name, target)) in own.chain(exported) {
                let path = [at, vec![name]].concat().join("::");
                paths.entry(target).or_default().insert(path);
            }
            if !at.is_empty() {
                let target = Target { module: at.clone(), item: None };
                paths.entry(target).or_default().insert(at.join("::"));
            }
        }
        paths
    }

    /// Whether a module and those around it are.
    fn is_public(&self, path: &[String]) -> bool {
        (0..=path.len()).all(|length| self.modules[&path[..length]].public)
    }

    /// What a `pub use` makes public: where, and under which name.
    fn exports(&self, at: &ModulePath, used: &Use) -> Vec<(ModulePath, (String, Target))> {
        let Some(path) = self.absolute(at, &used.named.segments, 0) else {
            return Vec::new();
        };
        let target = self.resolve(&path, 0);
        let module = &self.modules[&target.module];
        let Some(name) = &used.name else {
            let items = public_items(&target.module, module);
            return items.map(|item| (at.clone(), item)).collect();
        };
        let mut exports = vec![(at.clone(), (name.clone(), target.clone()))];
        // What a macro makes is not seen where it is made.
        if let Some(item) = &target.item
            && self.is_public(&target.module)
            && !module.items.contains_key(item)
        {
            exports.push((target.module.clone(), (item.clone(), target)));
        }
        exports
    }
}

fn public_items(at: &ModulePath, module: &Module) -> impl Iterator<Item = (String, Target)> {
    let items = module.items.iter().filter(|(_, is_public)| **is_public);
    items.map(|(name, _)| (name.clone(), Target { module: at.clone(), item: Some(name.clone()) }))
}
