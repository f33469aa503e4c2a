//! Fields whose values never reach `Debug`.

use crate::model::Ty;

/// Names of fields that are secret wherever they stand, and why.
const SECRETS: &[(&str, &str)] = &[
    ("accessToken", "signs in as the user"),
    ("apiKey", "signs in as the user"),
    ("authBearerToken", "opens an executor"),
    ("authUrl", "signs in who opens it"),
    ("authorizationUrl", "signs in who opens it"),
    ("env", "programs get their keys through the environment"),
    ("manualPairingCode", "lets another device take control"),
    ("pairingCode", "lets another device take control"),
    ("secretAccessKey", "signs in as the user"),
    ("sessionToken", "signs in as the user"),
    ("signature", "proves that the user was there"),
    ("userCode", "completes a sign-in"),
];

/// Fields that are secret in one type only, and why.
const SECRETS_OF: &[(&str, &str, &str)] = &[
    ("AttestationGenerateResponse", "token", "vouches for the client"),
    ("RequestHeader", "value", "headers authorize"),
    ("ThreadForkParams", "config", "settings may hold keys"),
    ("ThreadResumeParams", "config", "settings may hold keys"),
    ("ThreadStartParams", "config", "settings may hold keys"),
    ("ToolRequestUserInputAnswer", "answers", "a question may ask for a secret"),
];

/// True for a field that must not be shown. Flags and counts about secrets are none.
pub(super) fn is_secret(owner: &str, wire: &str, ty: &Ty) -> bool {
    let named = SECRETS.iter().any(|(name, _)| *name == wire)
        || SECRETS_OF.iter().any(|(of, name, _)| *of == owner && *name == wire);
    named && *ty != Ty::Bool
}
