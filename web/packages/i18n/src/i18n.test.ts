import { describe, expect, it } from 'vitest';
import de from 'virtual:waggle-locale/de';
import en from 'virtual:waggle-locale/en';
import es from 'virtual:waggle-locale/es';
import fr from 'virtual:waggle-locale/fr';
import it_ from 'virtual:waggle-locale/it';
import { bytesOf, dayNumber, dayOf, durationOf, relativeOf, shortOf, timeOf, type Viewer } from './dates.ts';
import { LOCALES, pickLocale, regionalTag, type Locale } from './locale.ts';
import { Formats } from './message.ts';

const catalogs = { de, en, es, fr, it: it_ };
const formats = (locale: Locale) => new Formats(locale, catalogs[locale]);

describe('catalogs', () => {
  it.each([...LOCALES])('%s compiles, and every message formats', (locale) => {
    const made = formats(locale);
    const english = Object.keys(en).sort();
    expect(Object.keys(made.catalog).sort()).toEqual(english);
    for (const key of english) {
      const names = JSON.stringify(made.catalog[key]).matchAll(/"value":"(\w+)"/g);
      const all = Object.fromEntries([...names].map((match) => [match[1] ?? '', 2]));
      expect(made.format(key, all), key).not.toBe('');
    }
  });

  it('says plurals as each language does', () => {
    const tries = (locale: Locale, count: number) =>
      formats(locale).format('signin.code_wrong', { tries: count });
    expect(tries('en', 1)).toContain('one more try');
    expect(tries('en', 3)).toContain('3 more tries');
    expect(tries('de', 1)).toContain('einen Versuch');
    expect(tries('fr', 2)).toContain('2 essais');
    expect(tries('it', 3)).toContain('Restano 3 tentativi');
    expect(tries('es', 1)).toContain('Te queda un intento');
    expect(formats('es').format('invite.sent', { count: 1_000_000 })).toBe(
      '1.000.000 de invitaciones enviadas',
    );
  });

  it('cuts a message at its tags', () => {
    expect(formats('de').parts('signin.sent_to', { email: 'a@b.example' })).toEqual([
      'Wir haben einen Code an ',
      { tag: 'b', text: 'a@b.example' },
      ' gesendet',
    ]);
    expect(formats('en').format('signin.sent_to', { email: 'a@b.example' })).toBe(
      'We sent a code to a@b.example',
    );
  });

  it('never takes markup from a value', () => {
    expect(formats('en').parts('signin.sent_to', { email: '<b>x</b>' })[1]).toEqual({
      tag: 'b',
      text: '<b>x</b>',
    });
  });
});

describe('choosing a language', () => {
  it('takes the first that we speak', () => {
    expect(pickLocale([null, 'nl-NL', 'de-AT', 'en'])).toBe('de');
    expect(pickLocale(['pt_BR', 'ES'])).toBe('es');
    expect(pickLocale([])).toBe('en');
  });

  it('keeps the region of the browser', () => {
    expect(regionalTag('de', ['en-US', 'de-AT'])).toBe('de-AT');
    expect(regionalTag('en', ['de-DE'])).toBe('en-GB');
    expect(regionalTag('fr', ['en-US'])).toBe('fr');
  });
});

describe('times', () => {
  const gdansk: Viewer = { tag: 'en-GB', zone: 'Europe/Warsaw' };
  const auckland: Viewer = { tag: 'en-GB', zone: 'Pacific/Auckland' };
  const at = new Date('2026-11-24T22:30:00Z');

  it('are those of the viewer', () => {
    expect(timeOf(gdansk, at)).toBe('23:30');
    expect(timeOf(auckland, at)).toBe('11:30');
    expect(dayNumber(auckland, at) - dayNumber(gdansk, at)).toBe(1);
  });

  it('shorten with distance', () => {
    expect(shortOf(gdansk, at, new Date('2026-11-24T22:50:00Z'))).toBe('23:30');
    expect(shortOf(gdansk, at, new Date('2026-11-25T08:00:00Z'))).toBe('Tue');
    expect(shortOf(gdansk, at, new Date('2026-12-24T08:00:00Z'))).toBe('24 Nov');
    expect(shortOf(gdansk, at, new Date('2027-12-24T08:00:00Z'))).toBe('24 Nov 2026');
  });

  it('name days', () => {
    expect(dayOf(gdansk, at, at)).toBe('Today');
    expect(dayOf({ ...gdansk, tag: 'de' }, at, new Date('2026-11-25T08:00:00Z'))).toBe('Gestern');
    expect(dayOf(gdansk, at, new Date('2026-11-30T08:00:00Z'))).toBe('Tuesday 24 November');
  });

  it('are relative while that says more', () => {
    const ago = (minutes: number) => relativeOf(gdansk, new Date(at.getTime() - minutes * 60_000), at);
    expect(ago(0.2)).toBe('now');
    expect(ago(12)).toMatch(/^12 min/);
    expect(ago(180)).toMatch(/^3 h/);
    expect(ago(24 * 60)).toBe('yesterday');
    expect(ago(30 * 24 * 60)).toBe('25 Oct');
  });

  it('sizes and durations', () => {
    expect(bytesOf(gdansk, 6_100_000)).toBe('6.1 MB');
    expect(bytesOf({ ...gdansk, tag: 'de' }, 6_100_000)).toBe('6,1 MB');
    expect(durationOf(42.9)).toBe('0:42');
    expect(durationOf(3723)).toBe('1:02:03');
  });
});
