import { describe, expect, it } from 'vitest';
import { addAddresses } from './areas/admin/addresses.ts';
import { clearsAt, fromLocalInput, toLocalInput } from './areas/settings/clearing.ts';
import { levelOf, listDevices } from './areas/settings/devices.ts';
import { readAgent } from './areas/settings/user-agent.ts';
import { DEVICE_DEFAULTS, readDevice } from './lib/device.svelte.ts';
import { looksLikeEmail } from './lib/email.ts';
import { titleText } from './lib/title.ts';
import { areaOf, router, safeNext } from './routes.ts';

describe('routes', () => {
  it('know their area', () => {
    expect(areaOf('inboxConversation')).toBe('inbox');
    expect(areaOf('signIn')).toBeNull();
    expect(router.href('inboxConversation', { conversation: 'conv_1' })).toBe('/inbox/conv_1');
  });

  it('go on after sign-in only within Waggle', () => {
    expect(safeNext('/settings/status?x=1')).toBe('/settings/status?x=1');
    for (const bad of [
      null,
      '',
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/sign-in',
      '/',
    ])
      expect(safeNext(bad)).toBe('/inbox');
  });
});

describe('addresses', () => {
  it('look like addresses or not', () => {
    expect(looksLikeEmail('ruth@acme.example')).toBe(true);
    for (const bad of ['elif@acme', 'ruth', '@acme.example', 'a b@acme.example', 'a@acme..example'])
      expect(looksLikeEmail(bad), bad).toBe(false);
  });

  it('come out of pasted text, once each', () => {
    const list = addAddresses(
      [],
      'Ruth Bauer <ruth@acme.example>, marco@acme.example; RUTH@acme.example elif@acme',
    );
    expect(list).toEqual([
      { text: 'ruth@acme.example', good: true },
      { text: 'marco@acme.example', good: true },
      { text: 'elif@acme', good: false },
    ]);
    expect(addAddresses(list, 'marco@acme.example')).toHaveLength(3);
  });
});

describe('clearing a status', () => {
  const now = new Date(2026, 10, 24, 9, 30);
  it('means instants', () => {
    expect(clearsAt('never', now)).toBeNull();
    expect(clearsAt('4h', now)?.getHours()).toBe(13);
    expect(clearsAt('today', now)).toEqual(new Date(2026, 10, 25));
    expect(clearsAt('week', now)).toEqual(new Date(2026, 10, 30));
    expect(clearsAt('week', new Date(2026, 10, 29, 12))).toEqual(new Date(2026, 10, 30));
  });

  it('goes through the field and back, never into the past', () => {
    const at = new Date(2026, 10, 24, 18, 5);
    expect(toLocalInput(at)).toBe('2026-11-24T18:05');
    expect(fromLocalInput('2026-11-24T18:05', now)).toEqual(at);
    expect(fromLocalInput('2026-11-24T09:30', now)).toBeNull();
    expect(fromLocalInput('', now)).toBeNull();
  });
});

describe('devices', () => {
  it('are listed with names', () => {
    const lists = listDevices(
      [
        { deviceId: 'default', kind: 'audioinput', label: 'Default' },
        { deviceId: 'a', kind: 'audioinput', label: 'Headset' },
        { deviceId: 'b', kind: 'audioinput', label: '' },
        { deviceId: '', kind: 'videoinput', label: '' },
      ],
      'System',
      (_kind, n) => `Microphone ${n}`,
    );
    expect(lists.audioinput.map((one) => one.label)).toEqual(['System', 'Headset', 'Microphone 2']);
    expect(lists.videoinput).toHaveLength(1);
  });

  it('levels go from silence to full', () => {
    expect(levelOf(new Float32Array(64))).toBe(0);
    expect(levelOf(new Float32Array(64).fill(1))).toBe(1);
    expect(levelOf(new Float32Array(64).fill(0.03))).toBeGreaterThan(0.4);
  });

  it('settings survive what does not fit', () => {
    expect(readDevice(null)).toEqual(DEVICE_DEFAULTS);
    expect(readDevice('{"volume":0.2,"sounds":"no","old":1}')).toEqual({ ...DEVICE_DEFAULTS, volume: 0.2 });
    expect(readDevice('not json')).toEqual(DEVICE_DEFAULTS);
  });
});

describe('words', () => {
  it('of the tab', () => {
    expect(titleText('Inbox', 5)).toBe('(5) Inbox · Waggle');
    expect(titleText(null, 0)).toBe('Waggle');
    expect(titleText('Inbox', 120)).toBe('(99+) Inbox · Waggle');
  });

  it('of browsers', () => {
    expect(
      readAgent('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile/15E148 Safari/604.1'),
    ).toEqual({
      browser: 'Safari',
      system: 'iPhone',
      phone: true,
    });
    expect(readAgent('Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0').browser).toBe(
      'Edge',
    );
    expect(readAgent(null)).toEqual({ browser: null, system: null, phone: false });
  });
});
