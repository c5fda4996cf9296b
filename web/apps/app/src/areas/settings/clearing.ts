/** When a status clears: the choices, and the instants they mean. Pure. */

export type Clearing = 'never' | '30m' | '1h' | '4h' | 'today' | 'week' | 'custom';

export const CLEARINGS: readonly Clearing[] = ['never', '30m', '1h', '4h', 'today', 'week', 'custom'];

/** The instant a choice means; null for never. "Today" ends at midnight, "this week" on Sunday at midnight, both local. */
export function clearsAt(choice: Exclude<Clearing, 'custom'>, now: Date): Date | null {
  switch (choice) {
    case 'never':
      return null;
    case '30m':
      return new Date(now.getTime() + 30 * 60_000);
    case '1h':
      return new Date(now.getTime() + 60 * 60_000);
    case '4h':
      return new Date(now.getTime() + 4 * 60 * 60_000);
    case 'today':
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    case 'week': {
      const daysLeft = (7 - now.getDay()) % 7;
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + daysLeft + 1);
    }
  }
}

/** What an `<input type="datetime-local">` shows for an instant. */
export function toLocalInput(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** And back; null when it is no time, or not in the future. */
export function fromLocalInput(text: string, now: Date): Date | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) || at <= now ? null : at;
}
