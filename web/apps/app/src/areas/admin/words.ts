import type { Plan, Role, SeatsView } from '@waggle/client/accounts';
import { t } from '@waggle/i18n';

/** Roles in the words of the screen. */
export function roleName(role: Role): string {
  switch (role) {
    case 'owner':
      return t('role.owner');
    case 'admin':
      return t('role.admin');
    case 'agent':
      return t('role.agent');
    case 'member':
      return t('role.member');
    default:
      return role;
  }
}

export const ROLES: readonly Role[] = ['owner', 'admin', 'agent', 'member'];
export const PLANS: readonly Plan[] = ['essential', 'business', 'premium'];

export function planName(plan: Plan): string {
  switch (plan) {
    case 'essential':
      return t('plan.essential');
    case 'business':
      return t('plan.business');
    case 'premium':
      return t('plan.premium');
    default:
      return plan;
  }
}

/** Plans for a select, with the seats that are left. */
export function planOptions(
  seats: readonly SeatsView[],
): { value: Plan; label: string; disabled?: boolean }[] {
  return PLANS.map((value) => {
    const of = seats.find((one) => one.plan === value);
    if (of?.limit == null) return { value, label: planName(value) };
    const left = Math.max(0, of.limit - of.used);
    return { value, label: t('invite.plan_left', { plan: planName(value), left }), disabled: left === 0 };
  });
}

/** Roles that somebody of this role may give. */
export function offeredRoles(own: Role): readonly Role[] {
  return own === 'owner' ? ROLES : ROLES.filter((role) => role !== 'owner');
}
