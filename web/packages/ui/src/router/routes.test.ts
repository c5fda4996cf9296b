import { describe, expect, it } from 'vitest';
import { buildHref, isOurClick, matchRoute } from './routes.ts';

const table = {
  home: '/',
  inbox: '/inbox',
  conversation: '/inbox/:conversation',
  message: '/inbox/:conversation/:message',
  settings: '/settings/:page',
} as const;

describe('matchRoute', () => {
  it('finds routes by their shape', () => {
    expect(matchRoute(table, '/')).toEqual({ name: 'home', params: {} });
    expect(matchRoute(table, '/inbox')).toEqual({ name: 'inbox', params: {} });
    expect(matchRoute(table, '/inbox/')).toEqual({ name: 'inbox', params: {} });
    expect(matchRoute(table, '/inbox/conv_1/msg_2')).toEqual({
      name: 'message',
      params: { conversation: 'conv_1', message: 'msg_2' },
    });
  });

  it('knows what is no route', () => {
    expect(matchRoute(table, '/inboxes')).toBeNull();
    expect(matchRoute(table, '/inbox/a/b/c')).toBeNull();
    expect(matchRoute(table, '/inbox/%E0%A4%A')).toBeNull();
  });

  it('takes back what it wrote', () => {
    const href = buildHref(table, 'conversation', { conversation: 'a/b ü?#' });
    expect(href).toBe('/inbox/a%2Fb%20%C3%BC%3F%23');
    expect(matchRoute(table, new URL(href, 'http://x').pathname)?.params).toEqual({
      conversation: 'a/b ü?#',
    });
  });
});

describe('buildHref', () => {
  it('adds query and hash, and leaves out what is undefined', () => {
    expect(buildHref(table, 'inbox')).toBe('/inbox');
    expect(buildHref(table, 'inbox', {}, { query: { filter: 'mine', q: undefined }, hash: 'top' })).toBe(
      '/inbox?filter=mine#top',
    );
  });

  it('refuses wrong parameters at compile time', () => {
    // @ts-expect-error a conversation is needed
    void (() => buildHref(table, 'conversation', {}));
    // @ts-expect-error no such route
    void (() => buildHref(table, 'nowhere'));
  });
});

describe('isOurClick', () => {
  const plain = {
    button: 0,
    metaKey: false,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    defaultPrevented: false,
  };
  const anchor = { origin: 'https://w.example', target: '', pathname: '/inbox', hasAttribute: () => false };
  const ours = (event = {}, other = {}) =>
    isOurClick({ ...plain, ...event }, { ...anchor, ...other }, 'https://w.example');

  it('takes plain clicks on our own pages', () => {
    expect(ours()).toBe(true);
  });

  it('leaves everything else to the browser', () => {
    expect(ours({ ctrlKey: true })).toBe(false);
    expect(ours({ button: 1 })).toBe(false);
    expect(ours({ defaultPrevented: true })).toBe(false);
    expect(ours({}, { origin: 'https://other.example' })).toBe(false);
    expect(ours({}, { target: '_blank' })).toBe(false);
    expect(ours({}, { pathname: '/api/files/1' })).toBe(false);
    expect(ours({}, { hasAttribute: (name: string) => name === 'download' })).toBe(false);
  });
});
