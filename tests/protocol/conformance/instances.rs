//! Values that fit a schema, and values that do not quite.

use super::{
    choices::{Style, integers, numbers, texts},
    plant::{BESIDE_KEY, BESIDE_TAG, MEMBER, Plant, TAG, WORD},
    schema::{Object, Shape, Shapes},
};
use serde_json::{Map, Value, json};
use std::mem::discriminant;

/// Random values per definition.
const SEEDS: u64 = 8;

/// Beyond so many definitions within each other, values are as small as they can be.
const MAX_DEPTH: usize = 4;

/// Values of a definition that together hold every branch, word, null and bound of it, and some at
/// random. `None` when there is nothing in them to plant in.
pub(crate) fn all(shapes: &Shapes, name: &str, plant: Plant) -> Option<Vec<Value>> {
    let mut maker = Maker::new(shapes, plant);
    let shape = &shapes[name];
    let mut values = Vec::new();
    for style in [Style::Least, Style::Nulls, Style::Full] {
        maker.style = style;
        values.push(maker.make(shape));
    }
    values.append(&mut maker.each(shape));
    for seed in 0..SEEDS {
        maker.style = Style::random(name, seed);
        values.push(maker.make(shape));
    }
    (maker.places > 0 || plant == Plant::Nothing).then_some(values)
}

/// Values of all branches of a definition, each with one place spoiled, in it or in the definitions
/// right inside of it.
pub(crate) fn spoiled(
    shapes: &Shapes,
    name: &str,
    plant: fn(usize) -> Plant,
) -> impl Iterator<Item = Value> {
    let shape = &shapes[name];
    let branches = match shape {
        Shape::Tagged(branches) | Shape::Keyed(_, branches) => branches.len(),
        _ => 1,
    };
    let spoil = move |branch: usize, place: usize| {
        let mut maker = Maker::new(shapes, plant(place));
        let value = match shape {
            Shape::Tagged(branches) => Value::Object(maker.object(&branches[branch])),
            Shape::Keyed(_, contents) => maker.keyed(&contents[branch]),
            shape => maker.make(shape),
        };
        (maker.places > place).then_some(value)
    };
    (0..branches).flat_map(move |branch| (0..).map_while(move |place| spoil(branch, place)))
}

struct Maker<'a> {
    shapes: &'a Shapes,
    style: Style,
    plant: Plant,
    /// Places so far where `plant` could go or went.
    places: usize,
    /// The definitions around the value.
    depth: usize,
    /// The unions around the value that go by a tag or key.
    unions: usize,
    /// The unions around the value that go by its shape. A spoiled value may fit another branch of
    /// one.
    untagged: usize,
}

impl<'a> Maker<'a> {
    fn new(shapes: &'a Shapes, plant: Plant) -> Self {
        Self { shapes, style: Style::Full, plant, places: 0, depth: 0, unions: 0, untagged: 0 }
    }

    fn make(&mut self, shape: &Shape) -> Value {
        if let Some(wrong) = wrong(shape)
            && self.spoils(Plant::Wrong)
        {
            return wrong;
        }
        match shape {
            Shape::Any => json!({"any": [null, 1.5, "text"]}),
            Shape::Definition(name) => {
                self.depth += 1;
                let value = self.make(&self.shapes[name]);
                self.depth -= 1;
                value
            }
            Shape::Nullable(_) if self.style.is_null(self.is_deep()) => Value::Null,
            Shape::Nullable(inner) => self.make(inner),
            Shape::Words(words) => self.word(words),
            Shape::Text => self.pick(&texts()),
            Shape::Integer { min, max } => self.pick(&integers(*min, *max)),
            Shape::Number => self.pick(&numbers()),
            Shape::Bool => self.pick(&[json!(true), json!(false)]),
            Shape::List(item) => {
                (0..self.style.count(self.is_deep())).map(|_| self.make(item)).collect()
            }
            Shape::Map(item) => (0..self.style.count(self.is_deep()))
                .map(|index| (format!("key{index}"), self.make(item)))
                .collect(),
            Shape::Object(object) => Value::Object(self.object(object)),
            Shape::Tagged(branches) => {
                let branch = self.choose(branches.len());
                Value::Object(self.object(&branches[branch]))
            }
            Shape::Keyed(words, contents) => match self.choose(1 + contents.len()) {
                0 => self.word(words),
                content => self.keyed(&contents[content - 1]),
            },
            Shape::Untagged(branches) => {
                let branch = self.choose(branches.len());
                self.untagged += 1;
                let value = self.make(&branches[branch]);
                self.untagged -= 1;
                value
            }
        }
    }

    /// Values that take each choice in the shape once. Inside other definitions there is one choice
    /// only: they have values of their own.
    fn each(&mut self, shape: &Shape) -> Vec<Value> {
        self.style = Style::Full;
        match shape {
            Shape::Any | Shape::Definition(_) => vec![self.make(shape)],
            Shape::Nullable(inner) => {
                let mut values = self.each(inner);
                values.push(Value::Null);
                values
            }
            Shape::Words(words) => self.each_word(words),
            Shape::Text => texts(),
            Shape::Integer { min, max } => integers(*min, *max),
            Shape::Number => numbers(),
            Shape::Bool => vec![json!(true), json!(false)],
            Shape::List(item) => {
                let mut values: Vec<_> =
                    self.each(item).into_iter().map(|item| json!([item])).collect();
                values.push(json!([]));
                values
            }
            Shape::Map(item) => {
                let mut values: Vec<_> =
                    self.each(item).into_iter().map(|item| json!({"key": item})).collect();
                values.push(json!({}));
                values
            }
            Shape::Object(object) => self.each_object(object),
            Shape::Tagged(branches) => {
                branches.iter().flat_map(|branch| self.each_object(branch)).collect()
            }
            Shape::Keyed(words, contents) => {
                let mut values = self.each_word(words);
                for content in contents {
                    values.push(self.keyed(content));
                    let [member] = content.members.as_slice() else {
                        continue;
                    };
                    if !matches!(self.plant, Plant::Tags(_)) {
                        let inner = self.each(&member.shape);
                        values.extend(inner.into_iter().map(|inner| json!({&member.name: inner})));
                    }
                }
                values
            }
            Shape::Untagged(branches) => {
                branches.iter().flat_map(|branch| self.each(branch)).collect()
            }
        }
    }

    fn each_object(&mut self, object: &Object) -> Vec<Value> {
        let base = self.object(object);
        let mut values = vec![Value::Object(base.clone())];
        for member in &object.members {
            self.unions += usize::from(object.tag.is_some());
            let each = self.each(&member.shape);
            self.unions -= usize::from(object.tag.is_some());
            for value in each {
                let mut object = base.clone();
                object.insert(member.name.clone(), value);
                values.push(Value::Object(object));
            }
            if !member.required {
                let mut object = base.clone();
                object.remove(&member.name);
                values.push(Value::Object(object));
            }
        }
        values
    }

    fn object(&mut self, object: &Object) -> Map<String, Value> {
        let mut value = Map::new();
        if let Some((name, tag)) = &object.tag {
            let planted = self.plants(Plant::Tags(self.unions));
            let tag = if planted { json!(TAG) } else { json!(tag) };
            let tag = if self.spoils(Plant::Wrong) { json!(7) } else { tag };
            value.insert(name.clone(), tag);
            self.unions += 1;
        }
        for member in &object.members {
            if !member.required && !self.style.has_optional(self.is_deep()) {
                continue;
            }
            let may_be_missing = member.replaceable || matches!(member.shape, Shape::Nullable(_));
            let needed = member.required && !may_be_missing;
            if !(needed && self.spoils(Plant::Missing)) {
                value.insert(member.name.clone(), self.make(&member.shape));
            }
        }
        self.unions -= usize::from(object.tag.is_some());
        if self.plants(Plant::Members) {
            let is_unit = object.tag.is_some() && object.members.is_empty();
            value.insert(
                if is_unit { BESIDE_TAG } else { MEMBER }.to_owned(),
                json!({"deep": [1, null]}),
            );
        }
        value
    }

    /// A branch that goes by the name of its only member.
    fn keyed(&mut self, object: &Object) -> Value {
        let [member] = object.members.as_slice() else { panic!("a keyed branch has one member") };
        let planted = self.plants(Plant::Tags(self.unions));
        let key = if planted { TAG } else { &member.name };
        self.unions += 1;
        let mut value = json!({key: self.make(&member.shape)});
        self.unions -= 1;
        if self.plants(Plant::BesideKeys) {
            value[BESIDE_KEY] = json!({"deep": [1, null]});
            value[MEMBER] = json!(false);
        }
        value
    }

    fn word(&mut self, words: &[String]) -> Value {
        if self.plants(Plant::Words) {
            return json!(WORD);
        }
        json!(words[self.choose(words.len())])
    }

    fn each_word(&mut self, words: &[String]) -> Vec<Value> {
        if self.plants(Plant::Words) {
            return vec![json!(WORD)];
        }
        words.iter().map(|word| json!(word)).collect()
    }

    /// True when this is what is planted, and here is a place for it.
    fn plants(&mut self, plant: Plant) -> bool {
        let planted = self.plant == plant;
        self.places += usize::from(planted);
        planted
    }

    /// True when this is the one place to spoil.
    fn spoils(&mut self, plant: fn(usize) -> Plant) -> bool {
        let is_place = self.untagged == 0
            && self.depth <= 1
            && discriminant(&self.plant) == discriminant(&plant(0));
        let here = is_place && self.plant == plant(self.places);
        self.places += usize::from(is_place);
        here
    }

    fn choose(&mut self, count: usize) -> usize {
        let is_deep = self.is_deep();
        self.style.choose(count, is_deep)
    }

    fn pick(&mut self, values: &[Value]) -> Value {
        values[self.choose(values.len())].clone()
    }

    fn is_deep(&self) -> bool {
        self.depth > MAX_DEPTH
    }
}

/// A value of a type that the shape does not have. A shape made of others leaves it to them.
fn wrong(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Words(_) | Shape::Text => Some(json!(7)),
        Shape::Integer { .. } | Shape::Number | Shape::Bool => Some(json!("wrong")),
        Shape::List(_) | Shape::Map(_) | Shape::Object(_) | Shape::Tagged(_) | Shape::Keyed(..) => {
            Some(json!(true))
        }
        Shape::Any | Shape::Definition(_) | Shape::Nullable(_) | Shape::Untagged(_) => None,
    }
}
