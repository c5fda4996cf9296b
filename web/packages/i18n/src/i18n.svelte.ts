/** The language of the screen. Everything here is reactive: change it, and every `t()` on screen follows. */
import * as dates from './dates.ts';
import { isLocale, pickLocale, regionalTag, type Locale } from './locale.ts';
import { Formats, type Args, type Catalog, type Key, type Part } from './message.ts';

const LOADERS: Record<Locale, () => Promise<{ default: Catalog }>> = {
  en: () => import('virtual:waggle-locale/en'),
  it: () => import('virtual:waggle-locale/it'),
  es: () => import('virtual:waggle-locale/es'),
  de: () => import('virtual:waggle-locale/de'),
  fr: () => import('virtual:waggle-locale/fr'),
};

const STORED = 'waggle.language';

let formats = $state.raw(new Formats('en', {}));
let english = $state.raw<Formats | null>(null);
let zone = $state<string | undefined>(undefined);
/** Moves once a minute, so that relative times stay true. */
let now = $state.raw(new Date());
/** Numbers of the last call of `setLocale`, and of the one on screen. */
let calls = 0;
let shown = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

const browserTags = (): readonly string[] => (typeof navigator === 'undefined' ? [] : navigator.languages);

const viewer = $derived<dates.Viewer>({
  tag: regionalTag(formats.locale as Locale, browserTags()),
  zone,
});

/** The language chosen on this device, else the browser's. */
export function preferredLocale(): Locale {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // Storage may be blocked; the browser's language serves.
  }
  return pickLocale([stored, ...browserTags()]);
}

/** Loads a language and shows it; of two loading at once the later call wins. `remember` keeps the choice on this device. */
export async function setLocale(locale: Locale, remember = false): Promise<void> {
  calls += 1;
  const call = calls;
  const catalog = (await LOADERS[locale]()).default;
  if (call < shown) return;
  shown = call;
  formats = new Formats(locale, catalog);
  if (locale === 'en') english = formats;
  if (typeof document !== 'undefined') document.documentElement.lang = locale;
  if (remember) {
    try {
      localStorage.setItem(STORED, locale);
    } catch {
      // The choice then lasts as long as the page.
    }
  }
  if (ticking === undefined && typeof window !== 'undefined') {
    ticking = setInterval(() => (now = new Date()), 30_000);
  }
}

/** Forgets the choice on this device and shows the browser's language again. */
export async function followBrowser(): Promise<void> {
  try {
    localStorage.removeItem(STORED);
  } catch {
    // Nothing was remembered, then.
  }
  await setLocale(preferredLocale());
}

/** The viewer's IANA time zone; null means the browser's. */
export function setTimeZone(value: string | null): void {
  try {
    if (value) new Intl.DateTimeFormat('en', { timeZone: value });
    zone = value ?? undefined;
  } catch {
    zone = undefined;
  }
}

export function currentLocale(): Locale {
  return isLocale(formats.locale) ? formats.locale : 'en';
}

export function timeZone(): string {
  return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function source(key: string): Formats {
  if (formats.has(key)) return formats;
  if (english === null && formats.locale !== 'en') {
    // A key this language lacks: fetch English once, the screen follows when it is here.
    english = new Formats('en', {});
    void LOADERS.en().then((module) => (english = new Formats('en', module.default)));
  }
  return english?.has(key) ? english : formats;
}

/** The sentence for a key, in the language of the screen. */
export function t<K extends Key>(key: K, ...args: Args<K>): string {
  return source(key).format(key, args[0]);
}

/** As `t`, cut at its tags: `<b>…</b>` comes as `{ tag: 'b', text }`. See the component Rich. */
export function tParts<K extends Key>(key: K, ...args: Args<K>): Part[] {
  return source(key).parts(key, args[0]);
}

/** For keys that come from outside, such as `error.<code>`: null when no language has it. */
export function tMaybe(key: string, values?: Record<string, string | number>): string | null {
  const found = source(key);
  return found.has(key) ? found.format(key, values) : null;
}

type When = Date | number | string;

/** Dates, numbers and lists in the viewer's language and zone. Reactive. */
export const format = {
  time: (at: When) => dates.timeOf(viewer, dates.toDate(at)),
  date: (at: When) => dates.dateOf(viewer, dates.toDate(at), now),
  full: (at: When) => dates.fullOf(viewer, dates.toDate(at)),
  short: (at: When) => dates.shortOf(viewer, dates.toDate(at), now),
  day: (at: When) => dates.dayOf(viewer, dates.toDate(at), now),
  relative: (at: When) => dates.relativeOf(viewer, dates.toDate(at), now),
  dayNumber: (at: When) => dates.dayNumber(viewer, dates.toDate(at)),
  custom: (at: When, options: Intl.DateTimeFormatOptions) =>
    dates.dateTimeFormat(viewer, options).format(dates.toDate(at)),
  number: (value: number, options?: Intl.NumberFormatOptions) =>
    dates.numberFormat(viewer, options).format(value),
  percent: (share: number) =>
    dates.numberFormat(viewer, { style: 'percent', maximumFractionDigits: 0 }).format(share),
  bytes: (value: number) => dates.bytesOf(viewer, value),
  duration: dates.durationOf,
  list: (items: readonly string[], type: Intl.ListFormatType = 'conjunction') =>
    dates.listFormat(viewer, type).format(items),
};
