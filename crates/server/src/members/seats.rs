//! Seats: how many members of each plan an organization has and may have (PLAN-03, ADM-03).

use ::store::Tx;
use model::access::Plan;
use model::member::{self, SeatsView, Standing};
use model::{OrganizationId, Word};

use super::store;
use crate::answer::Problem;

/// The seats of every plan.
pub async fn seats(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<SeatsView>, Problem> {
    let limits = store::seat_limits(tx, organization).await?;
    let used = store::seats_used(tx, organization).await?;
    let limit = |plan| match plan {
        Plan::Essential => limits.seats_essential,
        Plan::Business => limits.seats_business,
        Plan::Premium => limits.seats_premium,
    };
    let used = |plan| used.iter().find(|(held, _)| *held == plan).map_or(0, |(_, count)| *count);
    Ok(Plan::ALL.iter().map(|plan| SeatsView { plan: *plan, used: used(*plan), limit: limit(*plan) }).collect())
}

/// Refuses a change that takes a seat where none is left.
///
/// # Errors
/// [`model::Code::SeatsExhausted`].
pub async fn check(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: Option<Standing>,
    after: Standing,
) -> Result<(), Problem> {
    let Some(plan) = member::seat_taken(before, after) else { return Ok(()) };
    let seats = seats(tx, organization).await?;
    match seats.into_iter().find(|seats| seats.plan == plan) {
        Some(seats) => Ok(member::seat_free(seats)?),
        None => Ok(()),
    }
}
