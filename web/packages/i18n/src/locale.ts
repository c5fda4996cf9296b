/** Which language a person gets. Pure; the reactive part is in i18n.svelte.ts. */

export const LOCALES = ['en', 'it', 'es', 'de', 'fr'] as const;
export type Locale = (typeof LOCALES)[number];

/** Each language by its own name, for choosers. */
export const LANGUAGE_NAMES: Record<Locale, string> = {
  en: 'English',
  it: 'Italiano',
  es: 'Español',
  de: 'Deutsch',
  fr: 'Français',
};

export function isLocale(value: unknown): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** The first wanted language that we speak; English when there is none. */
export function pickLocale(wanted: readonly (string | null | undefined)[]): Locale {
  for (const tag of wanted) {
    const language = tag?.toLowerCase().split(/[-_]/)[0];
    if (isLocale(language)) return language;
  }
  return 'en';
}

/**
 * The full tag used for dates and numbers: the region comes from the browser when it speaks the same language
 * (an Austrian reading German gets Austrian dates), else English means British habits (24 h, day before month).
 */
export function regionalTag(locale: Locale, browser: readonly string[]): string {
  const match = browser.find((tag) => tag.toLowerCase().startsWith(`${locale}-`));
  return match ?? (locale === 'en' ? 'en-GB' : locale);
}
