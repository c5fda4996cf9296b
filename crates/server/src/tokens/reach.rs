//! What tokens can reach: addresses and what scope each wants. Everything else is closed to them.

use axum::http::Method;
use model::Code;
use model::access::Scope;

use crate::access::Grant;

use Scope::{ConversationsRead, ConversationsWrite, DirectoryRead, DirectoryWrite, MembersManage, MembersRead};

/// Method, address, and the scope it wants; none is content with any.
pub const REACH: &[(&str, &str, Option<Scope>)] = &[
    ("GET", "/api/me", None),
    ("GET", "/api/conversations", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}/messages", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}/participants", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}/pins", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}/files", Some(ConversationsRead)),
    ("GET", "/api/conversations/{conversation}/search", Some(ConversationsRead)),
    ("GET", "/api/messages/{message}/edits", Some(ConversationsRead)),
    ("GET", "/api/files/{file}/content", Some(ConversationsRead)),
    ("GET", "/api/files/{file}/thumbnail", Some(ConversationsRead)),
    ("POST", "/api/conversations", Some(ConversationsWrite)),
    ("POST", "/api/conversations/direct", Some(ConversationsWrite)),
    ("PATCH", "/api/conversations/{conversation}", Some(ConversationsWrite)),
    ("POST", "/api/conversations/{conversation}/messages", Some(ConversationsWrite)),
    ("POST", "/api/conversations/{conversation}/participants", Some(ConversationsWrite)),
    ("PUT", "/api/conversations/{conversation}/read", Some(ConversationsWrite)),
    ("PATCH", "/api/messages/{message}", Some(ConversationsWrite)),
    ("DELETE", "/api/messages/{message}", Some(ConversationsWrite)),
    ("POST", "/api/messages/{message}/restore", Some(ConversationsWrite)),
    ("POST", "/api/messages/{message}/forward", Some(ConversationsWrite)),
    ("PUT", "/api/messages/{message}/pin", Some(ConversationsWrite)),
    ("DELETE", "/api/messages/{message}/pin", Some(ConversationsWrite)),
    ("PUT", "/api/messages/{message}/reactions/{emoji}", Some(ConversationsWrite)),
    ("DELETE", "/api/messages/{message}/reactions/{emoji}", Some(ConversationsWrite)),
    ("POST", "/api/files", Some(ConversationsWrite)),
    ("PATCH", "/api/files/{file}", Some(ConversationsWrite)),
    ("GET", "/api/people", Some(DirectoryRead)),
    ("GET", "/api/pictures/{picture}", Some(DirectoryRead)),
    ("GET", "/api/phonebooks", Some(DirectoryRead)),
    ("GET", "/api/phonebooks/{phonebook}/contacts", Some(DirectoryRead)),
    ("GET", "/api/contacts/{contact}", Some(DirectoryRead)),
    ("GET", "/api/imports/{import}", Some(DirectoryRead)),
    ("POST", "/api/phonebooks", Some(DirectoryWrite)),
    ("PATCH", "/api/phonebooks/{phonebook}", Some(DirectoryWrite)),
    ("POST", "/api/phonebooks/{phonebook}/contacts", Some(DirectoryWrite)),
    ("POST", "/api/phonebooks/{phonebook}/imports/preview", Some(DirectoryWrite)),
    ("POST", "/api/phonebooks/{phonebook}/imports", Some(DirectoryWrite)),
    ("DELETE", "/api/imports/{import}", Some(DirectoryWrite)),
    ("PATCH", "/api/contacts/{contact}", Some(DirectoryWrite)),
    ("DELETE", "/api/contacts/{contact}", Some(DirectoryWrite)),
    ("POST", "/api/contacts/{contact}/restore", Some(DirectoryWrite)),
    ("GET", "/api/members", Some(MembersRead)),
    ("PATCH", "/api/members/{member}", Some(MembersManage)),
    ("DELETE", "/api/members/{member}", Some(MembersManage)),
    ("POST", "/api/invitations/preview", Some(MembersManage)),
    ("POST", "/api/invitations", Some(MembersManage)),
    ("POST", "/api/invitations/{invitation}/again", Some(MembersManage)),
];

/// Whether a token with this grant reaches the address that a route spells like this.
///
/// # Errors
/// [`Code::NotAllowed`].
pub fn may_reach(grant: &Grant, method: &Method, route: &str) -> Result<(), Code> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let listed = REACH.iter().find(|(known, path, _)| *known == method && *path == route);
    match listed {
        Some((_, _, None)) => Ok(()),
        Some((_, _, Some(scope))) if grant.scopes.contains(scope) => Ok(()),
        _ => Err(Code::NotAllowed),
    }
}
