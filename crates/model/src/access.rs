//! Who may do what: permissions, the roles that name sets of them, and the plans that name sets of capabilities.
//!
//! A person may do a thing when the role grants the permission *and* the plan contains the capability.
//! Everything that is not listed is denied.

use crate::words;

words! {
    /// One thing a role can allow.
    pub enum Permission {
        /// See and change members, roles and invitations.
        MembersManage = "members_manage",
        /// Change the organization's name, look and rules.
        OrganizationManage = "organization_manage",
        /// Read the mails that wait for delivery, the feedback and the state of the installation.
        InstallationInspect = "installation_inspect",
        /// Create and change contacts in shared phonebooks.
        PhonebooksEdit = "phonebooks_edit",
        /// Take part in conversations.
        ConversationsUse = "conversations_use",
        /// See colleagues and contacts.
        DirectoryUse = "directory_use",
        /// Make API tokens, with which programs act for the person.
        TokensCreate = "tokens_create",
    }
}

words! {
    /// What an API token may be used for. Never more than the person may who made it.
    pub enum Scope {
        /// Read conversations, their messages and files.
        ConversationsRead = "conversations:read",
        /// Write, change and delete messages, and begin conversations.
        ConversationsWrite = "conversations:write",
        /// Read colleagues and contacts.
        DirectoryRead = "directory:read",
        /// Create, change and import contacts.
        DirectoryWrite = "directory:write",
        /// Read who the members are.
        MembersRead = "members:read",
        /// Invite people, and change and remove members.
        MembersManage = "members:manage",
    }
}

impl Scope {
    /// The permissions that a token of this scope uses; of everything else its person may, it may nothing.
    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Scope::ConversationsRead | Scope::ConversationsWrite => &[Permission::ConversationsUse],
            Scope::DirectoryRead => &[Permission::DirectoryUse],
            Scope::DirectoryWrite => &[Permission::DirectoryUse, Permission::PhonebooksEdit],
            Scope::MembersRead | Scope::MembersManage => &[Permission::MembersManage],
        }
    }
}

words! {
    /// One feature a plan can contain (PLAN-01).
    pub enum Capability {
        /// Use the web client.
        WebAccess = "web_access",
        /// Use the client on a phone.
        MobileAccess = "mobile_access",
        /// Log to HubSpot.
        CrmHubspot = "crm_hubspot",
        /// Log to Salesforce.
        CrmSalesforce = "crm_salesforce",
        /// Own a profile link, a signature and widgets.
        KiteSettings = "kite_settings",
        /// Offer meetings to book.
        Scheduler = "scheduler",
        /// Send text messages.
        Sms = "sms",
        /// Answer guests of a service.
        ServiceChatAgent = "service_chat_agent",
        /// Hold webinars.
        Webinar = "webinar",
        /// Open the live dashboard.
        LiveDashboard = "live_dashboard",
        /// Open the contact centre's reports.
        AcdReports = "acd_reports",
    }
}

words! {
    /// A named set of permissions.
    pub enum Role {
        /// Everything, including making other owners.
        Owner = "owner",
        /// Everything but owners.
        Admin = "admin",
        /// Talks to customers and edits shared phonebooks.
        Agent = "agent",
        /// Talks to colleagues and customers.
        Member = "member",
    }
}

words! {
    /// A named set of capabilities.
    pub enum Plan {
        /// Conversations on the web and on the phone.
        Essential = "essential",
        /// All that a seller or an agent needs.
        Business = "business",
        /// With the live dashboard and the contact centre's reports.
        Premium = "premium",
    }
}

impl Role {
    /// What this role allows.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::Owner | Role::Admin => &[
                MembersManage,
                OrganizationManage,
                InstallationInspect,
                PhonebooksEdit,
                ConversationsUse,
                DirectoryUse,
                TokensCreate,
            ],
            Role::Agent => &[PhonebooksEdit, ConversationsUse, DirectoryUse, TokensCreate],
            Role::Member => &[ConversationsUse, DirectoryUse],
        }
    }

    /// Whether this role allows it.
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether somebody of this role may give or take `other`.
    pub fn may_grant(self, other: Role) -> bool {
        match self {
            Role::Owner => true,
            Role::Admin => other != Role::Owner,
            Role::Agent | Role::Member => false,
        }
    }
}

impl Plan {
    /// What this plan contains.
    pub fn capabilities(self) -> &'static [Capability] {
        use Capability::*;
        match self {
            Plan::Essential => &[WebAccess, MobileAccess],
            Plan::Business => &[
                WebAccess,
                MobileAccess,
                CrmHubspot,
                CrmSalesforce,
                KiteSettings,
                Scheduler,
                Sms,
                ServiceChatAgent,
                Webinar,
            ],
            Plan::Premium => <Capability as crate::Word>::ALL,
        }
    }

    /// Whether this plan contains it.
    pub fn contains(self, capability: Capability) -> bool {
        self.capabilities().contains(&capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Word;

    #[test]
    fn a_higher_role_or_plan_never_loses_anything() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[1].permissions().iter().all(|permission| pair[0].allows(*permission)), "{pair:?}");
        }
        for pair in Plan::ALL.windows(2) {
            assert!(pair[0].capabilities().iter().all(|capability| pair[1].contains(*capability)), "{pair:?}");
        }
    }

    #[test]
    fn only_owners_make_owners() {
        assert!(Role::Owner.may_grant(Role::Owner));
        assert!(!Role::Admin.may_grant(Role::Owner));
        assert!(!Role::Member.may_grant(Role::Member));
    }
}
