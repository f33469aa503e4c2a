
/// The schema has it, but no message does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorInfo {
    /// `overloaded` on the wire.
    Overloaded,
    /// `other` on the wire.
    Other,
    /// Not allowed.
    ///
    /// On the wire: `denied`.
    Denied,
    /// No connection.
    ///
    /// On the wire: `httpFailed`.
    HttpFailed(HttpFailedErrorInfo),
    /// `custom` on the wire.
    Custom(String),
    /// What this version of the SDK does not know, or what does not fit, as it came.
    Unknown(UnknownValue),
}
keyed_union!(ErrorInfo {
    Overloaded = "overloaded";
    Other = "other";
    Denied = "denied";
} {
    HttpFailed(HttpFailedErrorInfo) = "httpFailed";
    Custom(String) = "custom";
});

/// The content of [`variant@ErrorInfo::HttpFailed`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HttpFailedErrorInfo {
    /// `status` on the wire.
    pub status: Option<u16>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(HttpFailedErrorInfo {
    status: "status" optional;
});
