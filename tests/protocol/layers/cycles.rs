//! Circles in a graph of names.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What each name leads to.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// A set of names of which each leads to each.
pub(super) struct Cycle {
    pub(super) members: BTreeSet<String>,
    /// A shortest way around, which ends where it begins.
    pub(super) way: Vec<String>,
}

pub(super) fn cycles(graph: &Graph) -> Vec<Cycle> {
    let reached: BTreeMap<_, _> = graph.keys().map(|name| (name, reach(graph, name))).collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (name, reach) in &reached {
        if !reach.contains_key(*name) || seen.contains(*name) {
            continue;
        }
        let is_member =
            |other: &&String| reached.get(other).is_some_and(|back| back.contains_key(*name));
        let members: BTreeSet<String> = reach.keys().filter(is_member).cloned().collect();
        seen.extend(members.iter().cloned());
        let ways = members.iter().map(|member| way_around(&reached[member], member));
        let way = ways.min_by_key(Vec::len).unwrap_or_default();
        found.push(Cycle { members, way });
    }
    found
}

/// What can be reached from `start`, and from where: each on a shortest way.
fn reach(graph: &Graph, start: &str) -> BTreeMap<String, String> {
    let (mut from, mut next) = (BTreeMap::new(), VecDeque::from([start.to_owned()]));
    while let Some(name) = next.pop_front() {
        for other in graph.get(&name).into_iter().flatten() {
            if !from.contains_key(other) {
                from.insert(other.clone(), name.clone());
                next.push_back(other.clone());
            }
        }
    }
    from
}

fn way_around(from: &BTreeMap<String, String>, start: &str) -> Vec<String> {
    let (mut way, mut name) = (vec![start.to_owned()], &from[start]);
    while name != start {
        way.push(name.clone());
        name = &from[name];
    }
    way.push(start.to_owned());
    way.reverse();
    way
}
