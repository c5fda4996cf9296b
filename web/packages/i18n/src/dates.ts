/** Dates, numbers and lists for people. Pure: language, zone and "now" are arguments. */

export interface Viewer {
  /** BCP 47 tag, with region where known. */
  tag: string;
  /** IANA zone; undefined means the browser's. */
  zone: string | undefined;
}

const cache = new Map<string, unknown>();

function cached<T>(key: string, make: () => T): T {
  let made = cache.get(key) as T | undefined;
  if (made === undefined) {
    made = make();
    cache.set(key, made);
  }
  return made;
}

export function dateTimeFormat(viewer: Viewer, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached(`d${viewer.tag}|${viewer.zone ?? ''}|${JSON.stringify(options)}`, () => {
    const zone = viewer.zone === undefined ? {} : { timeZone: viewer.zone };
    return new Intl.DateTimeFormat(viewer.tag, { ...options, ...zone });
  });
}

export function numberFormat(viewer: Viewer, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return cached(
    `n${viewer.tag}|${JSON.stringify(options)}`,
    () => new Intl.NumberFormat(viewer.tag, options),
  );
}

export function listFormat(viewer: Viewer, type: Intl.ListFormatType = 'conjunction'): Intl.ListFormat {
  return cached(`l${viewer.tag}|${type}`, () => new Intl.ListFormat(viewer.tag, { type }));
}

export function toDate(value: Date | number | string): Date {
  return value instanceof Date ? value : new Date(value);
}

/** A number that is equal for two instants of the same day in the viewer's zone, and one higher for the next day. */
export function dayNumber(viewer: Viewer, at: Date): number {
  const format = cached(`day|${viewer.zone ?? ''}`, () => {
    const zone = viewer.zone === undefined ? {} : { timeZone: viewer.zone };
    return new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'numeric', day: 'numeric', ...zone });
  });
  let year = 0;
  let month = 0;
  let day = 0;
  for (const part of format.formatToParts(at)) {
    if (part.type === 'year') year = Number(part.value);
    else if (part.type === 'month') month = Number(part.value);
    else if (part.type === 'day') day = Number(part.value);
  }
  return Math.round(Date.UTC(year, month - 1, day) / 86_400_000);
}

/** 09:46 */
export function timeOf(viewer: Viewer, at: Date): string {
  return dateTimeFormat(viewer, { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** Tue 24 Nov 2026, 09:42: the full form for titles and tooltips. */
export function fullOf(viewer: Viewer, at: Date): string {
  return dateTimeFormat(viewer, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

/** 24 Nov, with the year when it is another one. */
export function dateOf(viewer: Viewer, at: Date, now: Date): string {
  const year = dateTimeFormat(viewer, { year: 'numeric' });
  const other = year.format(at) !== year.format(now);
  return dateTimeFormat(viewer, {
    day: 'numeric',
    month: 'short',
    ...(other ? { year: 'numeric' } : {}),
  }).format(at);
}

/** For rows of a list: today the time, this week the weekday, else the date. */
export function shortOf(viewer: Viewer, at: Date, now: Date): string {
  const days = dayNumber(viewer, now) - dayNumber(viewer, at);
  if (days === 0) return timeOf(viewer, at);
  if (days > 0 && days < 7) return dateTimeFormat(viewer, { weekday: 'short' }).format(at);
  return dateOf(viewer, at, now);
}

/** For day separators: today, yesterday, weekday and date. */
export function dayOf(viewer: Viewer, at: Date, now: Date): string {
  const days = dayNumber(viewer, now) - dayNumber(viewer, at);
  if (days === 0 || days === 1 || days === -1) {
    const words = new Intl.RelativeTimeFormat(viewer.tag, { numeric: 'auto' }).format(-days, 'day');
    return words.charAt(0).toLocaleUpperCase(viewer.tag) + words.slice(1);
  }
  const year = dateTimeFormat(viewer, { year: 'numeric' });
  const other = year.format(at) !== year.format(now);
  return dateTimeFormat(viewer, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(other ? { year: 'numeric' } : {}),
  }).format(at);
}

/** "now", "12 min ago", "3 hr ago", "yesterday", then a date. */
export function relativeOf(viewer: Viewer, at: Date, now: Date): string {
  const format = cached(
    `r${viewer.tag}`,
    () => new Intl.RelativeTimeFormat(viewer.tag, { numeric: 'auto', style: 'short' }),
  );
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return format.format(0, 'second');
  if (size < 3600) return format.format(Math.round(seconds / 60) || Math.sign(seconds), 'minute');
  const days = dayNumber(viewer, at) - dayNumber(viewer, now);
  if (days === 0 || size < 6 * 3600) return format.format(Math.round(seconds / 3600), 'hour');
  if (Math.abs(days) < 7) return format.format(days, 'day');
  return dateOf(viewer, at, now);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** 6.1 MB */
export function bytesOf(viewer: Viewer, bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return numberFormat(viewer, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    // The short form of a byte has no plural in English.
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

/** 0:42, 12:08, 1:02:03 */
export function durationOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${String(minutes % 60).padStart(2, '0')}:${s}` : `${minutes}:${s}`;
}
