
/// The content of [`variant@ResourceContent::Blob`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BlobResourceContent {
    /// `blob` on the wire.
    pub blob: String,
    /// `uri` on the wire.
    pub uri: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(BlobResourceContent {
    blob: "blob" required;
    uri: "uri" required;
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChoiceSchema {
    /// An object.
    FieldText(FieldTextSchema),
    /// An object.
    FieldList(FieldListSchema),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
untagged_union!(ChoiceSchema {
    FieldText(FieldTextSchema) = Shape::Object { required: &["type"], known: &["format", "type"], tags: &[("type", &["string"])] };
    FieldList(FieldListSchema) = Shape::Object { required: &["items", "type"], known: &["items", "type"], tags: &[("type", &["array"])] };
} Unknown);

/// The content of [`variant@ChoiceSchema::FieldList`].
///
/// Also in [`variant@FieldSchema::List`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldListSchema {
    /// `items` on the wire.
    pub items: Vec<Value>,
    /// `type` on the wire.
    pub type_: FieldListType,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(FieldListSchema {
    items: "items" required;
    type_: "type" required;
});

/// The value of [`field@FieldListSchema::type_`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldListType {
    /// `array` on the wire.
    Array,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(FieldListType {
    Array = "array";
});

/// The content of [`variant@FieldSchema::Number`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldNumberSchema {
    /// `type` on the wire.
    pub type_: FieldNumberType,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(FieldNumberSchema {
    type_: "type" required;
});

/// The value of [`field@FieldNumberSchema::type_`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldNumberType {
    /// `number` on the wire.
    Number,
    /// `integer` on the wire.
    Integer,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(FieldNumberType {
    Number = "number";
    Integer = "integer";
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldSchema {
    /// An object.
    Text(FieldTextSchema),
    /// An object.
    List(FieldListSchema),
    /// An object.
    Number(FieldNumberSchema),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
untagged_union!(FieldSchema {
    Text(FieldTextSchema) = Shape::Object { required: &["type"], known: &["format", "type"], tags: &[("type", &["string"])] };
    List(FieldListSchema) = Shape::Object { required: &["items", "type"], known: &["items", "type"], tags: &[("type", &["array"])] };
    Number(FieldNumberSchema) = Shape::Object { required: &["type"], known: &["type"], tags: &[("type", &["number", "integer"])] };
} Unknown);

/// The content of [`variant@ChoiceSchema::FieldText`].
///
/// Also in [`variant@FieldSchema::Text`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldTextSchema {
    /// `format` on the wire.
    pub format: Option<String>,
    /// `type` on the wire.
    pub type_: FieldTextType,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(FieldTextSchema {
    format: "format" optional;
    type_: "type" required;
});

/// The value of [`field@FieldTextSchema::type_`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldTextType {
    /// `string` on the wire.
    String,
    /// A value that this version of the SDK does not know.
    Unknown(String),
}
open_enum!(FieldTextType {
    String = "string";
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutputBody {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
untagged_union!(OutputBody {
    Text(String) = Shape::Text;
    List(Vec<String>) = Shape::List;
} Unknown);
text_union!(OutputBody {
    String
    Vec<String>
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestId {
    /// A string.
    Text(String),
    /// An integer.
    Number(i64),
}
untagged_union!(RequestId {
    Text(String) = Shape::Text;
    Number(i64) = Shape::Integer;
});
text_union!(RequestId {
    String
    i64
});

/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResourceContent {
    /// An object.
    Text(TextResourceContent),
    /// An object.
    Blob(BlobResourceContent),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
untagged_union!(ResourceContent {
    Text(TextResourceContent) = Shape::Object { required: &["text", "uri"], known: &["text", "uri"], tags: &[] };
    Blob(BlobResourceContent) = Shape::Object { required: &["blob", "uri"], known: &["blob", "uri"], tags: &[] };
} Unknown);

/// The content of [`variant@ResourceContent::Text`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TextResourceContent {
    /// `text` on the wire.
    pub text: String,
    /// `uri` on the wire.
    pub uri: String,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(TextResourceContent {
    text: "text" required;
    uri: "uri" required;
});
