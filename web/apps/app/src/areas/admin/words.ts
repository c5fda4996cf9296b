import type { Role } from '@waggle/client/accounts';
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

export const PLANS = ['essential', 'business', 'premium'] as const;

export function planName(plan: string): string {
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
