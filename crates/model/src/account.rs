//! Accounts, organizations and members as clients see them.

use serde::{Deserialize, Serialize};

use crate::access::{Capability, Permission, Plan, Role, Scope};
use crate::presence::{Presence, Status};
use crate::{AccountId, IdentityId, OrganizationId, SessionId, Time, TokenId, words};

words! {
    /// How the client looks (PROF-07).
    pub enum Theme {
        /// As the device is set.
        System = "system",
        /// Always light.
        Light = "light",
        /// Always dark.
        Dark = "dark",
    }
}

words! {
    /// Where a member stands.
    pub enum MemberState {
        /// Prepared by an administrator, has not signed in yet.
        Invited = "invited",
        /// Takes part.
        Active = "active",
        /// Kept, but without access.
        Suspended = "suspended",
    }
}

/// A person as named beside a message: the least that can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PersonBrief {
    /// The account.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// Address of the picture on this server.
    pub picture: Option<String>,
}

/// A colleague in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PersonView {
    /// The account.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// Address of the picture on this server.
    pub picture: Option<String>,
    /// The proven address.
    pub email: String,
    /// What the person does.
    pub title: Option<String>,
    /// Where the person belongs.
    pub department: Option<String>,
    /// The internal number.
    pub extension: Option<String>,
    /// Whether the person is reachable.
    pub presence: Presence,
    /// Words the person left.
    pub status_message: Option<String>,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct AccountView {
    /// The account.
    pub id: AccountId,
    /// The proven address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What the person does.
    pub title: Option<String>,
    /// Where the person belongs.
    pub department: Option<String>,
    /// Address of the picture on this server.
    pub picture: Option<String>,
    /// The chosen language; none follows the browser.
    pub language: Option<String>,
    /// The chosen look.
    pub theme: Theme,
    /// IANA name of the time zone; none follows the device.
    pub time_zone: Option<String>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct OrganizationView {
    /// The organization.
    pub id: OrganizationId,
    /// The name.
    pub name: String,
    /// Its domain.
    pub domain: String,
}

/// Everything a client must know of the person who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct Me {
    /// The account.
    pub account: AccountView,
    /// The organization the person works in.
    pub organization: OrganizationView,
    /// The role there.
    pub role: Role,
    /// The plan there.
    pub plan: Plan,
    /// What the role allows.
    pub permissions: Vec<Permission>,
    /// What the plan contains.
    pub capabilities: Vec<Capability>,
    /// The own status.
    pub status: Status,
}

/// A signed-in browser or phone, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The address it was last used from.
    pub source: String,
    /// When it signed in.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub seen_at: Time,
}

/// Through whom somebody can sign in, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct IdentityView {
    /// The identity.
    pub id: IdentityId,
    /// The name of the provider.
    pub provider: String,
    /// The address by which it was linked.
    pub email: String,
    /// When it was linked.
    pub created_at: Time,
    /// When it last signed in.
    pub used_at: Time,
}

/// An API token; its secret was shown when it was made, and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct TokenView {
    /// The token.
    pub id: TokenId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// When it was last used, to the minute.
    pub used_at: Option<Time>,
    /// The name of whose it is, for administrators.
    pub owner: Option<String>,
}

/// A member, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct MemberView {
    /// The account.
    pub account_id: AccountId,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// What the person does.
    pub title: Option<String>,
    /// Where the person belongs.
    pub department: Option<String>,
    /// The role.
    pub role: Role,
    /// The plan.
    pub plan: Plan,
    /// Where the member stands.
    pub state: MemberState,
    /// When a client of theirs was last seen.
    pub last_seen_at: Option<Time>,
}
