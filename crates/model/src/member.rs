//! What may be different of a member, who may make it so, and which seat that takes.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{Permission, Plan, Role};
use crate::account::MemberState;
use crate::{Code, Refusal, Word};

/// Role, plan and state of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role.
    pub role: Role,
    /// The plan.
    pub plan: Plan,
    /// Where the member stands.
    pub state: MemberState,
}

/// What is to be different; what is absent stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Another role.
    pub role: Option<Role>,
    /// Another plan.
    pub plan: Option<Plan>,
    /// Suspended, or active again.
    pub state: Option<MemberState>,
}

/// How many members of a plan there are, and may be (PLAN-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct SeatsView {
    /// The plan.
    pub plan: Plan,
    /// Members who hold a seat: all but the suspended.
    pub used: i64,
    /// How many may; none is as many as they like.
    pub limit: Option<i64>,
}

/// What a member is after a change by somebody of the role `actor`, in an organization with so many other owners who
/// take part.
///
/// # Errors
/// [`Code::NotAllowed`], [`Code::MemberInvited`] for the state of somebody who has not joined, [`Code::LastOwner`].
pub fn change(actor: Role, before: Standing, change: Change, other_owners: i64) -> Result<Standing, Refusal> {
    if !actor.allows(Permission::MembersManage) || !actor.may_grant(before.role) {
        return Err(Code::NotAllowed.into());
    }
    let after = Standing {
        role: change.role.unwrap_or(before.role),
        plan: change.plan.unwrap_or(before.plan),
        state: change.state.unwrap_or(before.state),
    };
    if !actor.may_grant(after.role) {
        return Err(Code::NotAllowed.into());
    }
    if before.state != after.state && (before.state == MemberState::Invited || after.state == MemberState::Invited) {
        return Err(Code::MemberInvited.into());
    }
    let owns = |standing: Standing| standing.role == Role::Owner && standing.state == MemberState::Active;
    if owns(before) && !owns(after) && other_owners == 0 {
        return Err(Code::LastOwner.into());
    }
    Ok(after)
}

/// The plan of which the change takes one more seat, if it does. Whoever is suspended holds none.
pub fn seat_taken(before: Option<Standing>, after: Standing) -> Option<Plan> {
    let held = |standing: Standing| Some(standing.plan).filter(|_| standing.state != MemberState::Suspended);
    held(after).filter(|plan| before.and_then(held) != Some(*plan))
}

/// Whether there is one more seat.
///
/// # Errors
/// [`Code::SeatsExhausted`] with the plan and its limit.
pub fn seat_free(seats: SeatsView) -> Result<(), Refusal> {
    match seats.limit {
        Some(limit) if seats.used >= limit => {
            Err(Refusal::with(Code::SeatsExhausted, json!({ "plan": seats.plan.word(), "limit": limit })))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MemberState::*;

    const fn is(role: Role, state: MemberState) -> Standing {
        Standing { role, plan: Plan::Business, state }
    }

    fn to(role: Role) -> Change {
        Change { role: Some(role), ..Change::default() }
    }

    fn becomes(state: MemberState) -> Change {
        Change { state: Some(state), ..Change::default() }
    }

    fn refused(actor: Role, before: Standing, wanted: Change, other_owners: i64) -> Option<Code> {
        change(actor, before, wanted, other_owners).err().map(|refusal| refusal.code)
    }

    #[test]
    fn nobody_changes_an_owner_but_an_owner() {
        let not_allowed = Some(Code::NotAllowed);
        assert_eq!(refused(Role::Admin, is(Role::Owner, Active), to(Role::Member), 3), not_allowed);
        assert_eq!(refused(Role::Admin, is(Role::Owner, Active), becomes(Suspended), 3), not_allowed);
        assert_eq!(refused(Role::Admin, is(Role::Member, Active), to(Role::Owner), 3), not_allowed);
        assert_eq!(refused(Role::Agent, is(Role::Member, Active), to(Role::Member), 3), not_allowed);
        assert_eq!(refused(Role::Owner, is(Role::Owner, Active), to(Role::Admin), 1), None);
        assert_eq!(refused(Role::Admin, is(Role::Admin, Active), to(Role::Member), 0), None);
    }

    #[test]
    fn the_last_owner_stays() {
        let last = Some(Code::LastOwner);
        assert_eq!(refused(Role::Owner, is(Role::Owner, Active), to(Role::Admin), 0), last);
        assert_eq!(refused(Role::Owner, is(Role::Owner, Active), becomes(Suspended), 0), last);
        assert_eq!(refused(Role::Owner, is(Role::Owner, Suspended), to(Role::Admin), 0), None);
        assert_eq!(refused(Role::Owner, is(Role::Owner, Active), to(Role::Owner), 0), None);
    }

    #[test]
    fn only_joining_ends_an_invitation() {
        let invited = Some(Code::MemberInvited);
        assert_eq!(refused(Role::Owner, is(Role::Member, Invited), becomes(Active), 1), invited);
        assert_eq!(refused(Role::Owner, is(Role::Member, Invited), becomes(Suspended), 1), invited);
        assert_eq!(refused(Role::Owner, is(Role::Member, Active), becomes(Invited), 1), invited);
        assert_eq!(refused(Role::Owner, is(Role::Member, Invited), to(Role::Agent), 1), None);
        assert_eq!(refused(Role::Owner, is(Role::Member, Suspended), becomes(Active), 1), None);
    }

    #[test]
    fn seats_are_taken_by_plan() {
        let (active, away) = (is(Role::Member, Active), is(Role::Member, Suspended));
        let premium = Standing { plan: Plan::Premium, ..active };
        assert_eq!(seat_taken(None, active), Some(Plan::Business));
        assert_eq!(seat_taken(Some(active), active), None);
        assert_eq!(seat_taken(Some(active), premium), Some(Plan::Premium));
        assert_eq!(seat_taken(Some(away), active), Some(Plan::Business));
        assert_eq!(seat_taken(Some(active), away), None);
        let seats = |used, limit| seat_free(SeatsView { plan: Plan::Business, used, limit }).is_ok();
        assert!(seats(9, None) && seats(1, Some(2)) && !seats(2, Some(2)) && !seats(5, Some(2)));
    }
}
