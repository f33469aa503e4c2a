//! Requests for more permissions than the sandbox gives: what is granted is part of what was asked.

use super::kinds::PermissionsRequest;
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        AdditionalFileSystemPermissions, FileSystemAccessMode, FileSystemSandboxEntry,
        GrantedPermissionProfile, LegacyAppPathString, PermissionGrantScope,
        PermissionsRequestApprovalResponse, RequestPermissionProfile,
    },
    reply::Reply,
    wire::UnknownFields,
};

/// Permissions that the agent asks for (`permissions`), with its `reason`.
impl PermissionsRequest {
    /// Grants all that is asked for, for this turn.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn accept(&self) -> Result<Reply> {
        self.grant(everything(&self.permissions), PermissionGrantScope::Turn)
    }

    /// Grants all that is asked for, until the session ends.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_for_session(&self) -> Result<Reply> {
        self.grant(everything(&self.permissions), PermissionGrantScope::Session)
    }

    /// Grants a part of what is asked for. An empty part declines.
    ///
    /// A part has entries that were asked for, with the same access or less; and all those that
    /// deny something, which the others are limited by.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if it is more than what is asked for.
    pub fn grant(
        &self,
        permissions: GrantedPermissionProfile,
        scope: PermissionGrantScope,
    ) -> Result<Reply> {
        if permissions == GrantedPermissionProfile::new() {
            return self.decline();
        }
        if let Some(excess) = excess(&self.permissions, &permissions) {
            return Err(Error::invalid(
                "permissions",
                format!("{excess}; grant a part of what the request asks for, or decline"),
            ));
        }
        Ok(self.reply(PermissionsRequestApprovalResponse::new(permissions).scope(scope)))
    }
}

fn everything(asked: &RequestPermissionProfile) -> GrantedPermissionProfile {
    GrantedPermissionProfile {
        file_system: asked.file_system.clone(),
        network: asked.network.clone(),
        unknown_fields: asked.unknown_fields.clone(),
    }
}

/// What is granted beyond what was asked for.
fn excess(asked: &RequestPermissionProfile, granted: &GrantedPermissionProfile) -> Option<String> {
    if !is_understood(&asked.unknown_fields, &granted.unknown_fields) {
        return Some("it has members that the request has not".to_owned());
    }
    if let Some(network) = &granted.network
        && granted.network != asked.network
        && (network.enabled == Some(true) || network.unknown_fields != Default::default())
    {
        return Some("access to the network was not asked for".to_owned());
    }
    let granted = granted.file_system.as_ref()?;
    file_system_excess(&asked.file_system.clone().unwrap_or_default(), granted)
}

/// What is not understood is granted as it was asked for, or not at all.
fn is_understood(asked: &UnknownFields, granted: &UnknownFields) -> bool {
    granted == asked || *granted == UnknownFields::default()
}

fn file_system_excess(
    asked: &AdditionalFileSystemPermissions,
    granted: &AdditionalFileSystemPermissions,
) -> Option<String> {
    let is_deny = |entry: &&FileSystemSandboxEntry| entry.access == FileSystemAccessMode::Deny;
    let asked_entries = asked.entries.as_deref().unwrap_or_default();
    let granted_entries = granted.entries.as_deref().unwrap_or_default();
    if let Some(denied) =
        asked_entries.iter().find(|one| is_deny(one) && !granted_entries.contains(one))
    {
        return Some(format!("it leaves out that {} is denied", shown(denied)));
    }
    let allowed = |entry: &FileSystemSandboxEntry| {
        is_deny(&entry)
            || asked_entries.iter().any(|one| {
                let less =
                    FileSystemSandboxEntry { access: FileSystemAccessMode::Read, ..one.clone() };
                *entry == *one || (one.access == FileSystemAccessMode::Write && *entry == less)
            })
    };
    if let Some(entry) = granted_entries.iter().find(|entry| !allowed(entry)) {
        return Some(format!("{} was not asked for", shown(entry)));
    }
    let paths = |list: &Option<Vec<LegacyAppPathString>>| list.clone().unwrap_or_default();
    let (reads, writes) = (paths(&asked.read), paths(&asked.write));
    if let Some(path) = paths(&granted.write).iter().find(|path| !writes.contains(path)) {
        return Some(format!("to write {path} was not asked for"));
    }
    let may_read = |path: &LegacyAppPathString| reads.contains(path) || writes.contains(path);
    if let Some(path) = paths(&granted.read).iter().find(|path| !may_read(path)) {
        return Some(format!("to read {path} was not asked for"));
    }
    let same_depth = granted.glob_scan_max_depth == asked.glob_scan_max_depth;
    let same_rest = is_understood(&asked.unknown_fields, &granted.unknown_fields);
    (!same_depth || !same_rest).then(|| "it has options that the request has not".to_owned())
}

fn shown(entry: &FileSystemSandboxEntry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn beyond(asked: Value, granted: Value) -> Option<String> {
        excess(&from_value(asked).unwrap(), &from_value(granted).unwrap())
    }

    fn entry(access: &str, path: &str) -> Value {
        json!({"access": access, "path": {"type": "path", "path": path}})
    }

    #[test]
    fn a_part_is_granted_and_no_more() {
        let (read, write) = (entry("read", "/r"), entry("write", "/w"));
        let (deny, depth) = (entry("deny", "/w/secret"), 3);
        let entries = json!([read, write, deny]);
        let files =
            json!({"entries": entries, "read": ["/a"], "write": ["/b"], "globScanMaxDepth": depth});
        let asked = json!({"network": {"enabled": true}, "fileSystem": files});
        let part =
            |entries: Value| json!({"fileSystem": {"entries": entries, "globScanMaxDepth": depth}});
        for granted in [
            asked.clone(),
            json!({}),
            json!({"network": {"enabled": true}}),
            json!({"network": {"enabled": false}}),
            part(json!([deny])),
            part(json!([write, deny])),
            part(json!([entry("read", "/w"), deny, entry("deny", "/r")])),
            json!({"fileSystem": {"entries": [deny], "read": ["/a", "/b"], "globScanMaxDepth": depth}}),
        ] {
            assert_eq!(beyond(asked.clone(), granted.clone()), None, "{granted}");
        }
        for granted in [
            part(json!([write])),
            part(json!([entry("write", "/r"), deny])),
            part(json!([entry("write", "/w/sub"), deny])),
            part(json!([entry("read", "/"), deny])),
            json!({"fileSystem": {"entries": [deny], "write": ["/a"], "globScanMaxDepth": depth}}),
            json!({"fileSystem": {"entries": [deny], "read": ["/c"], "globScanMaxDepth": depth}}),
            json!({"fileSystem": {"entries": [deny], "globScanMaxDepth": 1}}),
            json!({"fileSystem": {"entries": [deny], "globScanMaxDepth": depth, "x": 1}}),
            json!({"x": 1}),
        ] {
            assert!(beyond(asked.clone(), granted.clone()).is_some(), "{granted}");
        }
        assert!(beyond(json!({}), json!({"network": {"enabled": true}})).is_some());
        assert!(beyond(json!({}), part(json!([write]))).is_some());
    }
}
