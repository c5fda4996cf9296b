export { LANGUAGE_NAMES, LOCALES, isLocale, pickLocale, type Locale } from './locale.ts';
export {
  currentLocale,
  followBrowser,
  format,
  preferredLocale,
  setLocale,
  setTimeZone,
  t,
  tMaybe,
  tParts,
  timeZone,
} from './i18n.svelte.ts';
export type { Args, Key, Part } from './message.ts';
export { default as Rich } from './Rich.svelte';
