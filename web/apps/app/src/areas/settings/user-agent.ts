/** A browser's long name as two short ones. Guesses, for people to recognise their devices. */

export interface Agent {
  browser: string | null;
  system: string | null;
  phone: boolean;
}

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

export function readAgent(text: string | null): Agent {
  const find = (list: readonly [RegExp, string][]) =>
    list.find(([sign]) => sign.test(text ?? ''))?.[1] ?? null;
  return { browser: find(BROWSERS), system: find(SYSTEMS), phone: /Mobile|iPhone|Android/.test(text ?? '') };
}
