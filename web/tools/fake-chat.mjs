// @ts-nocheck
/**
 * A stand-in for the chat half of the server, to look at the client before the real one runs:
 *
 *   node tools/fake-chat.mjs 8090 &   WAGGLE_SERVER=http://127.0.0.1:8090 npm run dev
 *
 * With `--dist DIR` it serves a build as well, with the content policy of the real server.
 *
 * Keeps the contract of docs (client ids, positions, cursors, gaps) and nothing on disk. `?as=tomas` on any address sets
 * who one is. `POST /fake/say {conversation, person, body}` makes somebody speak, `/fake/cut` breaks every socket,
 * `/fake/down {seconds}` refuses everything, `/fake/typing {conversation, person}` types, `/fake/fresh` forgets cursors.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 8090);
const dist = process.argv.includes('--dist') ? process.argv[process.argv.indexOf('--dist') + 1] : null;
const TYPES = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.html': 'text/html',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";
const many = process.argv.includes('--many');

const b32 = (name) => `acct_${(name + '00000000000000000000000000').slice(0, 26)}`;
const PEOPLE = {
  nora: ['Nora Lindqvist', 'Sales lead', 'Sales EMEA', 'available', null],
  tomas: ['Tomás Herrera', 'Solution engineer', 'Engineering', 'available', 'In the lab until 15:00'],
  marta: ['Marta Kowalska', 'Head of operations', 'Operations', 'available', null],
  daniel: ['Daniel Osei', 'Account manager', 'Sales EMEA', 'available', null],
  chloe: ['Chloé Dubois', 'Product marketing', 'Marketing', 'away', null],
  amara: ['Amara Okafor', 'Support agent', 'Support', 'available', null],
  elena: ['Elena Petrova', 'Field engineer', 'Service', 'away', 'Back on Thursday'],
  priya: ['Priya Raman', 'Support lead', 'Support', 'dnd', null],
  jonas: ['Jonas Weber', 'Sales engineer', 'Sales DACH', 'away', null],
  sofia: ['Sofia Lindgren', 'Procurement', 'Finance', 'offline', null],
  hugo: ['Hugo Almeida', 'Regional manager', 'Sales Iberia', 'offline', null],
  yuki: ['Yuki Tanaka', 'Data analyst', 'Operations', 'available', null],
};
const people = Object.fromEntries(
  Object.entries(PEOPLE).map(([key, [name, title, department, presence, status_message]], i) => [
    b32(key),
    {
      id: b32(key),
      name,
      picture: null,
      email: `${key}@acme.example`,
      title,
      department,
      extension: String(201 + i),
      presence,
      status_message,
    },
  ]),
);
const brief = (id) => ({ id, name: people[id].name, picture: null });
const organization = { id: 'org_acme', name: 'Acme Robotics', domain: 'acme.example' };

const conversations = new Map();
const seats = new Map(); // `${conversation} ${person}`
const log = []; // {audience: Set|id, event}
let messageCount = 0;
let conversationCount = 0;
const messagesById = new Map();
const edits = new Map();
const sends = new Map();
const files = new Map();
let sockets = new Set();
let downUntil = 0;
let epoch = 1;

const seatOf = (c, p) => {
  const key = `${c.id} ${p}`;
  if (!seats.has(key)) {
    seats.set(key, { read_position: 0, hidden: false, muted: false, pinned_at: null, draft: null });
  }
  return seats.get(key);
};
const seatView = (c, p) => {
  const seat = seatOf(c, p);
  const newer = c.messages.filter((m) => m.position > seat.read_position && m.author.id !== p);
  return {
    ...seat,
    unread: Math.min(100, newer.length),
    mentioned: newer.some((m) => m.mentions.includes(p)),
  };
};
const view = (c, p) => ({
  id: c.id,
  organization_id: organization.id,
  kind: c.kind,
  title: c.title,
  description: c.description,
  picture: null,
  people: c.people
    .filter((id) => id !== p)
    .slice(0, 8)
    .map(brief),
  participant_count: c.people.length,
  position: c.messages.length,
  last_message: c.messages.at(-1) ?? null,
  active_at: c.messages.at(-1)?.created_at ?? c.created_at,
  seat: seatView(c, p),
  created_at: c.created_at,
});
const meView = (p) => ({
  account: {
    id: p,
    email: people[p].email,
    name: people[p].name,
    title: people[p].title,
    department: people[p].department,
    picture: null,
    language: process.env.LANGUAGE_OF_NORA ?? null,
    theme: 'system',
    time_zone: null,
  },
  organization,
  role: 'owner',
  plan: 'premium',
  permissions: ['members_manage', 'organization_manage', 'conversations_use', 'directory_use'],
  capabilities: ['web_access'],
  status: { show: 'available', message: null, clears_at: null },
});

const mentionsIn = (body) => [...new Set([...body.matchAll(/<@(acct_[0-9a-z]+)>/g)].map((m) => m[1]))];

function add(c, author, body, at = new Date(), extra = {}) {
  messageCount += 1;
  const message = {
    id: `msg_${String(messageCount).padStart(26, '0')}`,
    client_id: `fake-${messageCount}`,
    conversation_id: c.id,
    position: c.messages.length + 1,
    author: brief(author),
    kind: 'regular',
    body,
    system: null,
    quote: null,
    forwarded_from: null,
    files: [],
    mentions: mentionsIn(body),
    reactions: [],
    preview: null,
    pinned: false,
    created_at: at.toISOString(),
    edited_at: null,
    deleted_at: null,
    ...extra,
  };
  c.messages.push(message);
  messagesById.set(message.id, message);
  for (const p of c.people) seatOf(c, p).hidden = false;
  seatOf(c, author).read_position = message.position;
  return message;
}
const quoteOf = (m) => ({
  message_id: m.id,
  position: m.position,
  author: m.author,
  excerpt: m.body.slice(0, 160),
});

function emit(audience, event) {
  const entry = { audience: [...audience], event: structuredClone(event), index: log.length + 1 };
  log.push(entry);
  for (const s of sockets) if (s.greeted && entry.audience.includes(s.person)) s.push(entry);
}
function signal(audience, value) {
  for (const s of sockets)
    if (s.greeted && audience.includes(s.person)) s.raw({ type: 'signal', signal: value });
}
function post(c, author, body, extra) {
  const message = add(c, author, body, new Date(), extra);
  emit(c.people, { type: 'message.posted', message });
  return message;
}
function make(kind, title, who, extra = {}) {
  conversationCount += 1;
  const c = {
    id: `conv_${String(conversationCount).padStart(26, '0')}`,
    kind,
    title,
    description: null,
    people: who.map(b32),
    messages: [],
    created_at: new Date(Date.now() - 30 * 86400e3).toISOString(),
    ...extra,
  };
  conversations.set(c.id, c);
  return c;
}

// Realistic data
const now = new Date();
const at = (days, time) => {
  const d = new Date(now.getTime() - days * 86400e3);
  const [h, m] = time.split(':').map(Number);
  d.setHours(h, m, 0, 0);
  return d > now ? new Date(now.getTime() - 60e3) : d;
};
const N = b32('nora'),
  T = b32('tomas'),
  M = b32('marta'),
  D = b32('daniel'),
  C = b32('chloe');
const launch = make('group', 'PC-400 launch', [
  'nora',
  'tomas',
  'chloe',
  'daniel',
  'amara',
  'elena',
  'priya',
  'jonas',
  'sofia',
  'hugo',
  'yuki',
]);
launch.description = 'Everything for the launch on 8 December: demo cell, price list, press.';
add(launch, C, '', at(20, '09:00'), { kind: 'system', system: { type: 'created' } });
add(launch, C, '', at(20, '09:01'), {
  kind: 'system',
  system: { type: 'added', people: [brief(N), brief(T), brief(D)] },
});
for (let i = 0; i < 160; i += 1) {
  const who = [C, T, D, N, b32('yuki')][(i * 7) % 5];
  const text = [
    'The demo cell arrives on Tuesday, the crate is 2.4 m tall.',
    'I checked the reach for lane 4, **2.9 m** is enough with the long arm.',
    'Who talks to the press?',
    'The price list is in the folder. Please look at the *conveyor option*, it was missing last time.',
    'Done.',
    'Cycle time with mixed pallets is 9.2 s:\n- picking 4.1 s\n- turning 1.8 s\n- placing 3.3 s',
    'Can we show the pallet builder as well? https://acme.example/pallet-builder has the video.',
  ][i % 7];
  add(launch, who, text, new Date(at(18, '09:00').getTime() + i * 2.4 * 3600e3));
}
const older = launch.messages[120];
add(launch, D, 'I asked for a second crane, answer tomorrow.', at(0, '08:31'));
add(launch, T, 'Reach is fine, see above.', at(0, '08:40'), { quote: quoteOf(older) });
add(launch, C, `<@${N}> can you own the demo on the first day? I have the press at ten.`, at(0, '08:52'));
add(launch, C, 'Slides follow tonight.', at(0, '08:53'));
seatOf(launch, N).read_position = launch.messages.length - 4;
older.pinned = true;

const marta = make('direct', null, ['nora', 'marta']);
if (many)
  for (let i = 0; i < 5000; i += 1)
    add(
      marta,
      i % 3 ? M : N,
      `Message ${i + 1}: ${'lane and pallet '.repeat((i * 13) % 9)}`,
      new Date(at(40, '08:00').getTime() + i * 600e3),
    );
add(
  marta,
  N,
  'Yes, it does. The PC-400 lifts 18 kg per pick and builds mixed pallets from your order data. I attached the cycle times we measured at a similar site.',
  at(1, '16:45'),
  {
    reactions: [
      { emoji: '👍', people: [M, N] },
      { emoji: '🎉', people: [M] },
    ],
  },
);
const lifts = marta.messages.at(-1);
add(marta, M, 'Good. Here is the floor plan for Gdańsk. Lane 4 is the one I worry about.', at(0, '09:12'), {
  quote: quoteOf(lifts),
  files: [
    {
      id: 'file_1',
      name: 'Gdansk-floor-plan-rev3.pdf',
      size_bytes: 2_412_000,
      media_type: 'application/pdf',
      url: '/api/files/file_1/content',
      thumbnail: null,
      width: null,
      height: null,
    },
    {
      id: 'file_2',
      name: 'lane-4.png',
      size_bytes: 312_000,
      media_type: 'image/png',
      url: '/api/files/picture',
      thumbnail: '/api/files/picture',
      width: 640,
      height: 400,
    },
  ],
});
add(
  marta,
  N,
  'Reach of 2.9 m covers lane 3. For lane 4 we would take the long arm:\n```\nlane 3   2.90 m\nlane 4   3.25 m\n```\nand `pallet_height` stays at **1.8 m**.',
  at(0, '09:26'),
  { edited_at: at(0, '09:27').toISOString() },
);
add(marta, M, `That helps. <@${T}> could you show us lane 4 in the review?`, at(0, '09:41'));
add(marta, M, 'Our maintenance lead will join too.', at(0, '09:42'));
seatOf(marta, N).read_position = marta.messages.length - 2;
seatOf(marta, M).read_position = marta.messages.length;
seatOf(marta, N).pinned_at = at(3, '10:00').toISOString();

const say = (c, list) =>
  list.forEach(([who, days, time, text, extra]) => add(c, b32(who), text, at(days, time), extra));
const daniel = make('direct', null, ['nora', 'daniel']);
say(daniel, [
  ['nora', 2, '11:00', 'How was Rotterdam?'],
  ['daniel', 0, '09:40', 'Very good, they want two cells.'],
  ['daniel', 0, '09:44', 'Can you send the spare parts list for the gripper? They ask for delivery times.'],
]);
seatOf(daniel, N).read_position = 1;
const tomas = make('direct', null, ['nora', 'tomas']);
say(tomas, [
  ['nora', 1, '15:20', 'Does the long arm fit under the roof in Gdańsk?'],
  ['tomas', 0, '09:28', 'I checked the reach for lane 4, see my note.'],
  ['nora', 0, '09:30', 'Perfect, thank you!'],
]);
seatOf(tomas, N).read_position = tomas.messages.length;
seatOf(tomas, T).read_position = tomas.messages.length;
const amara = make('direct', null, ['nora', 'amara']);
say(amara, [['amara', 0, '08:40', 'Two tickets came back from Harbor Foods.']]);
seatOf(amara, N).read_position = 1;
seatOf(amara, N).draft = 'Can you cover Support from 15:00?';
const elena = make('direct', null, ['nora', 'elena']);
say(elena, [
  ['elena', 4, '10:00', 'When does the engineer arrive?'],
  ['nora', 4, '10:12', 'The engineer arrives on Thursday at 8, gate 3. Please have the badge ready.'],
]);
seatOf(elena, N).read_position = 2;
const priya = make('direct', null, ['nora', 'priya']);
say(priya, [
  ['priya', 5, '17:02', 'The ticket about the gripper is solved.'],
  ['nora', 5, '17:05', 'thanks, closing it then'],
]);
seatOf(priya, N).read_position = 2;
const team = make('group', 'Sales EMEA team', ['nora', 'jonas', 'daniel', 'hugo']);
say(team, [['jonas', 5, '12:00', 'forecast is in the sheet']]);
seatOf(team, N).read_position = 1;
seatOf(team, N).muted = true;
const jonas = make('direct', null, ['nora', 'jonas']);
say(jonas, [['jonas', 8, '12:00', 'See you at the fair in Hannover 👋']]);
seatOf(jonas, N).read_position = 1;
const sofia = make('direct', null, ['nora', 'sofia']);
say(sofia, [['sofia', 8, '09:00', 'Thank you, we will decide next week.']]);
seatOf(sofia, N).read_position = 1;
if (many) {
  for (let i = 0; i < 150; i += 1) {
    const c = make('group', `Project ${i + 1}`, ['nora', 'jonas', 'yuki']);
    say(c, [['jonas', 10 + i / 4, '12:00', 'Kick-off is planned.']]);
    seatOf(c, N).read_position = 1;
  }
}

const mine = (p) => [...conversations.values()].filter((c) => c.people.includes(p));
const listed = (p, filter) =>
  mine(p)
    .map((c) => view(c, p))
    .filter((c) => (filter === 'hidden' ? c.seat.hidden : !c.seat.hidden))
    .filter((c) => c.kind === 'group' || c.position > 0)
    .filter((c) =>
      filter === 'unread'
        ? c.seat.unread > 0
        : filter === 'direct' || filter === 'group'
          ? c.kind === filter
          : true,
    )
    .sort((a, b) => (a.active_at < b.active_at ? 1 : -1));

class Refusal extends Error {
  constructor(status, code, message, details) {
    super(message);
    Object.assign(this, { status, code, details });
  }
}
const refuse = (status, code, message = code, details) => {
  throw new Refusal(status, code, message, details);
};
const conv = (id, p) => {
  const c = conversations.get(id);
  if (!c || !c.people.includes(p)) refuse(404, 'not_found', 'This does not exist, or you cannot see it.');
  return c;
};
const msg = (id, p) => {
  const m = messagesById.get(id);
  if (!m) refuse(404, 'not_found');
  return [m, conv(m.conversation_id, p)];
};

const routes = [
  ['GET', /^\/api\/me$/, ({ p }) => meView(p)],
  [
    'GET',
    /^\/api\/sign-in\/options$/,
    () => ({ organization, demo: true, needs_setup: false, version: 'fake', providers: [] }),
  ],
  ['POST', /^\/api\/sign-out$/, () => undefined],
  [
    'GET',
    /^\/api\/people$/,
    ({ q }) => {
      const query = (q.get('query') ?? '').toLowerCase();
      return {
        people: Object.values(people)
          .filter((x) => x.name.toLowerCase().includes(query))
          .sort((a, b) => a.name.localeCompare(b.name)),
        next: null,
      };
    },
  ],
  [
    'GET',
    /^\/api\/conversations$/,
    ({ p, q }) => {
      const all = listed(p, q.get('filter') ?? 'all');
      const before = q.get('before');
      const from = before ? all.findIndex((c) => `${c.active_at},${c.id}` === before) + 1 : 0;
      const page = all.slice(from, from + 50);
      const last = page.at(-1);
      return { conversations: page, next: from + 50 < all.length ? `${last.active_at},${last.id}` : null };
    },
  ],
  [
    'POST',
    /^\/api\/conversations\/direct$/,
    ({ p, body }) => {
      const other = body.person_id;
      let c = mine(p).find((x) => x.kind === 'direct' && x.people.includes(other));
      if (!c) {
        c = make('direct', null, []);
        c.people = [p, other];
        c.created_at = new Date().toISOString();
        emit([p], { type: 'conversation.joined', conversation: view(c, p) });
      }
      return view(c, p);
    },
  ],
  [
    'POST',
    /^\/api\/conversations$/,
    ({ p, body }) => {
      if (!body.title?.trim()) refuse(422, 'invalid_title', 'Use 1 to 120 characters for the title.');
      if (sends.has(body.client_id)) return view(sends.get(body.client_id), p);
      const c = make('group', body.title.trim(), []);
      c.description = body.description;
      c.created_at = new Date().toISOString();
      c.people = [p, ...body.people.filter((id) => id !== p)];
      sends.set(body.client_id, c);
      add(c, p, '', new Date(), { kind: 'system', system: { type: 'created' } });
      for (const x of c.people) emit([x], { type: 'conversation.joined', conversation: view(c, x) });
      return view(c, p);
    },
  ],
  ['GET', /^\/api\/conversations\/(\w+)$/, ({ p, a }) => view(conv(a[0], p), p)],
  [
    'PATCH',
    /^\/api\/conversations\/(\w+)$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      if (body.title !== undefined) {
        if (!body.title.trim()) refuse(422, 'invalid_title', 'Use 1 to 120 characters for the title.');
        c.title = body.title;
        post(c, p, '', { kind: 'system', system: { type: 'renamed', title: c.title } });
      }
      if (body.description !== undefined) c.description = body.description;
      emit(c.people, {
        type: 'conversation.changed',
        conversation_id: c.id,
        title: c.title,
        description: c.description,
        picture: null,
      });
      return view(c, p);
    },
  ],
  [
    'GET',
    /^\/api\/conversations\/(\w+)\/messages$/,
    ({ p, a, q }) => {
      const c = conv(a[0], p);
      const limit = Number(q.get('limit') ?? 50);
      const total = c.messages.length;
      let from = total - limit,
        to = total;
      if (q.has('before')) {
        to = Number(q.get('before')) - 1;
        from = to - limit;
      } else if (q.has('after')) {
        from = Number(q.get('after'));
        to = from + limit;
      } else if (q.has('around')) {
        from = Number(q.get('around')) - Math.floor(limit / 2) - 1;
        to = from + limit;
      }
      from = Math.max(0, from);
      to = Math.min(total, to);
      return { messages: c.messages.slice(from, to), has_before: from > 0, has_after: to < total };
    },
  ],
  [
    'POST',
    /^\/api\/conversations\/(\w+)\/messages$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      const known = sends.get(`${p} ${body.client_id}`);
      if (known) return known;
      if (body.body.includes('!refuse'))
        refuse(422, 'message_too_long', 'A message has at most 16,000 characters.');
      if (body.body.includes('!fault')) refuse(500, 'fault', 'broken');
      const quoted = body.quote_id ? messagesById.get(body.quote_id) : null;
      const m = post(c, p, body.body, {
        client_id: body.client_id,
        quote: quoted ? quoteOf(quoted) : null,
        files: body.file_ids.map((id) => files.get(id)?.view).filter(Boolean),
      });
      sends.set(`${p} ${body.client_id}`, m);
      return m;
    },
  ],
  [
    'GET',
    /^\/api\/conversations\/(\w+)\/participants$/,
    ({ p, a }) => {
      const c = conv(a[0], p);
      return {
        participants: c.people.map((id) => ({
          person: brief(id),
          title: people[id].title,
          joined_at: c.created_at,
          read_position: seatOf(c, id).read_position,
        })),
        next: null,
      };
    },
  ],
  [
    'POST',
    /^\/api\/conversations\/(\w+)\/participants$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      const coming = body.person_ids.filter((id) => !c.people.includes(id));
      emit(c.people, {
        type: 'participant.joined',
        conversation_id: c.id,
        people: coming.map(brief),
        participant_count: c.people.length + coming.length,
      });
      c.people.push(...coming);
      for (const id of coming) emit([id], { type: 'conversation.joined', conversation: view(c, id) });
      post(c, p, '', { kind: 'system', system: { type: 'added', people: coming.map(brief) } });
    },
  ],
  [
    'POST',
    /^\/api\/conversations\/(\w+)\/leave$/,
    ({ p, a }) => {
      const c = conv(a[0], p);
      if (c.kind === 'direct')
        refuse(409, 'direct_cannot_be_left', 'A direct conversation cannot be left. Hide it instead.');
      post(c, p, '', { kind: 'system', system: { type: 'left' } });
      c.people = c.people.filter((id) => id !== p);
      emit(c.people, {
        type: 'participant.left',
        conversation_id: c.id,
        person_id: p,
        participant_count: c.people.length,
      });
      emit([p], { type: 'conversation.left', conversation_id: c.id });
    },
  ],
  [
    'POST',
    /^\/api\/conversations\/(\w+)\/return$/,
    ({ p, a }) => {
      const c = conversations.get(a[0]);
      emit(c.people, {
        type: 'participant.joined',
        conversation_id: c.id,
        people: [brief(p)],
        participant_count: c.people.length + 1,
      });
      c.people.push(p);
      emit([p], { type: 'conversation.joined', conversation: view(c, p) });
      post(c, p, '', { kind: 'system', system: { type: 'returned' } });
      return view(c, p);
    },
  ],
  [
    'PATCH',
    /^\/api\/conversations\/(\w+)\/seat$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      const seat = seatOf(c, p);
      if (body.hidden !== undefined) seat.hidden = body.hidden;
      if (body.muted !== undefined) seat.muted = body.muted;
      if (body.pinned !== undefined) seat.pinned_at = body.pinned ? new Date().toISOString() : null;
      emit([p], { type: 'conversation.seat_changed', conversation_id: c.id, seat: seatView(c, p) });
      return seatView(c, p);
    },
  ],
  [
    'PUT',
    /^\/api\/conversations\/(\w+)\/read$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      const seat = seatOf(c, p);
      seat.read_position = Math.max(seat.read_position, body.position);
      emit([p], { type: 'conversation.seat_changed', conversation_id: c.id, seat: seatView(c, p) });
      signal(c.people, { type: 'read', conversation_id: c.id, person_id: p, position: seat.read_position });
    },
  ],
  [
    'PUT',
    /^\/api\/conversations\/(\w+)\/draft$/,
    ({ p, a, body }) => {
      const c = conv(a[0], p);
      seatOf(c, p).draft = body.body || null;
      emit([p], { type: 'conversation.seat_changed', conversation_id: c.id, seat: seatView(c, p) });
    },
  ],
  [
    'GET',
    /^\/api\/conversations\/(\w+)\/pins$/,
    ({ p, a }) => ({
      messages: conv(a[0], p)
        .messages.filter((m) => m.pinned)
        .reverse(),
    }),
  ],
  [
    'PATCH',
    /^\/api\/messages\/(\w+)$/,
    ({ p, a, body }) => {
      const [m, c] = msg(a[0], p);
      if (m.author.id !== p) refuse(403, 'not_your_message', 'Only the author can change a message.');
      if (!body.body.trim()) refuse(422, 'message_empty', 'A message needs text or a file.');
      edits.set(m.id, [...(edits.get(m.id) ?? []), { body: m.body, replaced_at: new Date().toISOString() }]);
      Object.assign(m, {
        body: body.body,
        mentions: mentionsIn(body.body),
        edited_at: new Date().toISOString(),
      });
      emit(c.people, { type: 'message.edited', message: m });
      return m;
    },
  ],
  [
    'DELETE',
    /^\/api\/messages\/(\w+)$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      if (m.author.id !== p) refuse(403, 'not_your_message', 'Only the author can change a message.');
      m.kept = { body: m.body, files: m.files, mentions: m.mentions };
      Object.assign(m, {
        body: '',
        files: [],
        mentions: [],
        reactions: [],
        pinned: false,
        deleted_at: new Date().toISOString(),
      });
      emit(c.people, {
        type: 'message.deleted',
        conversation_id: c.id,
        message_id: m.id,
        deleted_at: m.deleted_at,
      });
    },
  ],
  [
    'POST',
    /^\/api\/messages\/(\w+)\/restore$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      Object.assign(m, m.kept, { deleted_at: null });
      emit(c.people, { type: 'message.restored', message: m });
      return m;
    },
  ],
  [
    'GET',
    /^\/api\/messages\/(\w+)\/edits$/,
    ({ a }) => ({
      edits: edits.get(a[0]) ?? [
        { body: 'Reach of 2.8 m covers lane 3.', replaced_at: new Date().toISOString() },
      ],
    }),
  ],
  [
    'PUT',
    /^\/api\/messages\/(\w+)\/reactions\/([^/]+)$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      const emoji = decodeURIComponent(a[1]);
      const known = m.reactions.find((r) => r.emoji === emoji);
      if (known?.people.includes(p)) return;
      if (known) known.people.push(p);
      else m.reactions.push({ emoji, people: [p] });
      emit(c.people, {
        type: 'reaction.added',
        conversation_id: c.id,
        message_id: m.id,
        person_id: p,
        emoji,
      });
    },
  ],
  [
    'DELETE',
    /^\/api\/messages\/(\w+)\/reactions\/([^/]+)$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      const emoji = decodeURIComponent(a[1]);
      for (const r of m.reactions) if (r.emoji === emoji) r.people = r.people.filter((id) => id !== p);
      m.reactions = m.reactions.filter((r) => r.people.length > 0);
      emit(c.people, {
        type: 'reaction.removed',
        conversation_id: c.id,
        message_id: m.id,
        person_id: p,
        emoji,
      });
    },
  ],
  [
    'PUT',
    /^\/api\/messages\/(\w+)\/pin$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      m.pinned = true;
      emit(c.people, { type: 'message.pinned', conversation_id: c.id, message_id: m.id, person_id: p });
    },
  ],
  [
    'DELETE',
    /^\/api\/messages\/(\w+)\/pin$/,
    ({ p, a }) => {
      const [m, c] = msg(a[0], p);
      m.pinned = false;
      emit(c.people, { type: 'message.unpinned', conversation_id: c.id, message_id: m.id });
    },
  ],
  [
    'POST',
    /^\/api\/messages\/(\w+)\/forward$/,
    ({ p, a, body }) => {
      const [m] = msg(a[0], p);
      return {
        messages: body.conversation_ids.map((id) =>
          post(conv(id, p), p, m.body, {
            client_id: body.client_id,
            forwarded_from: m.forwarded_from ?? m.author,
            files: m.files,
          }),
        ),
      };
    },
  ],
  [
    'POST',
    /^\/api\/files$/,
    ({ body }) => {
      const known = [...files.values()].find((f) => f.client_id === body.client_id);
      if (known) return { file: known.view, received_bytes: known.received };
      if (body.size_bytes > 200e6) refuse(413, 'file_too_large', 'This file is larger than allowed.');
      const id = `file_${String(files.size + 10).padStart(26, '0')}`;
      const file = {
        client_id: body.client_id,
        received: 0,
        chunks: [],
        view: {
          id,
          name: body.name,
          size_bytes: body.size_bytes,
          media_type: body.media_type || 'application/octet-stream',
          url: `/api/files/${id}/content`,
          thumbnail: null,
          width: null,
          height: null,
        },
      };
      files.set(id, file);
      return { file: file.view, received_bytes: 0 };
    },
  ],
  [
    'PATCH',
    /^\/api\/files\/(\w+)$/,
    async ({ a, q, raw }) => {
      const file = files.get(a[0]);
      if (!file) refuse(404, 'not_found');
      if (Number(q.get('offset')) !== file.received)
        refuse(409, 'file_offset', 'The upload goes on at another place.', { received_bytes: file.received });
      await new Promise((r) => setTimeout(r, Number(process.env.SLOW ?? 300)));
      file.received += raw.length;
      file.chunks.push(raw);
      return { received_bytes: file.received };
    },
  ],
  ['DELETE', /^\/api\/files\/(\w+)$/, () => undefined],
  [
    'POST',
    /^\/fake\/say$/,
    ({ body }) => {
      const c =
        [...conversations.values()].find(
          (x) => x.id === body.conversation || x.title === body.conversation,
        ) ?? mine(N).find((x) => x.kind === 'direct' && x.people.includes(b32(body.conversation)));
      if (c.messages.length === 0)
        for (const x of c.people)
          if (x !== b32(body.person)) emit([x], { type: 'conversation.joined', conversation: view(c, x) });
      for (let i = 0; i < (body.times ?? 1); i += 1)
        post(c, b32(body.person), body.times ? `${body.body} ${i + 1}` : body.body);
      return { ok: true };
    },
  ],
  [
    'POST',
    /^\/fake\/typing$/,
    ({ body }) => {
      const c =
        [...conversations.values()].find((x) => x.title === body.conversation) ??
        mine(N).find((x) => x.kind === 'direct' && x.people.includes(b32(body.conversation)));
      signal(c.people, { type: 'typing', conversation_id: c.id, person_id: b32(body.person) });
      return { ok: true };
    },
  ],
  [
    'POST',
    /^\/fake\/read$/,
    ({ body }) => {
      const c =
        [...conversations.values()].find((x) => x.title === body.conversation) ??
        mine(N).find((x) => x.kind === 'direct' && x.people.includes(b32(body.conversation)));
      signal(c.people, {
        type: 'read',
        conversation_id: c.id,
        person_id: b32(body.person),
        position: c.messages.length,
      });
      return { ok: true };
    },
  ],
  ['POST', /^\/fake\/cut$/, () => (sockets.forEach((s) => s.ws.terminate()), { ok: true })],
  ['POST', /^\/fake\/fresh$/, () => ((epoch += 1), sockets.forEach((s) => s.ws.terminate()), { ok: true })],
  [
    'POST',
    /^\/fake\/goodbye$/,
    ({ body }) => (sockets.forEach((s) => s.raw({ type: 'goodbye', reason: body.reason })), { ok: true }),
  ],
  [
    'POST',
    /^\/fake\/down$/,
    ({ body }) => {
      downUntil = Date.now() + body.seconds * 1000;
      sockets.forEach((s) => s.ws.terminate());
      return { ok: true };
    },
  ],
];

const personOf = (req) => {
  const cookie = /(?:^|; )as=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
  return b32(cookie ?? 'nora');
};

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://fake');
  if (url.pathname === '/api/files/picture') {
    res.setHeader('Content-Type', 'image/svg+xml');
    res.end(
      '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400"><rect width="640" height="400" fill="#dce8ee"/><path d="M0 330 180 180l130 110 90-70 240 180H0z" fill="#4f7a3d"/><circle cx="500" cy="90" r="44" fill="#f2b03a"/></svg>',
    );
    return;
  }
  if (dist && !url.pathname.startsWith('/api/') && !url.pathname.startsWith('/fake/')) {
    const wanted = join(dist, url.pathname);
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
    res.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    res.setHeader('Content-Security-Policy', POLICY);
    res.end(readFileSync(file));
    return;
  }
  const raw = [];
  for await (const chunk of req) raw.push(chunk);
  const bytes = Buffer.concat(raw);
  const answer = (status, body) => {
    res.statusCode = status;
    if (body === undefined) res.end();
    else {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(body));
    }
  };
  if (Date.now() < downUntil && !url.pathname.startsWith('/fake/')) {
    req.socket.destroy();
    return;
  }
  try {
    for (const [method, pattern, run] of routes) {
      const found = req.method === method ? pattern.exec(url.pathname) : null;
      if (!found) continue;
      const json =
        bytes.length && !String(req.headers['content-type']).includes('octet') ? JSON.parse(bytes) : {};
      await new Promise((resolve) => setTimeout(resolve, Number(process.env.LATENCY ?? 30)));
      const out = await run({
        p: personOf(req),
        a: found.slice(1),
        q: url.searchParams,
        body: json,
        raw: bytes,
      });
      return answer(out === undefined ? 204 : 200, out);
    }
    answer(404, { error: { code: 'not_found', message: 'no such route' } });
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    answer(error.status ?? 500, {
      error: { code: error.code ?? 'fault', message: error.message, details: error.details },
    });
  }
});

const wss = new WebSocketServer({ noServer: true });
server.on('upgrade', (req, socket, head) => {
  if (Date.now() < downUntil || !req.url.startsWith('/api/live')) return socket.destroy();
  wss.handleUpgrade(req, socket, head, (ws) => {
    const session = {
      ws,
      person: personOf(req),
      greeted: false,
      position: 0,
      raw: (frame) => ws.send(JSON.stringify(frame)),
      push(entry) {
        const prev = this.position;
        this.position += 1;
        this.raw({
          type: 'event',
          position: this.position,
          prev,
          cursor: `${epoch}.${entry.index}`,
          event: entry.event,
        });
      },
    };
    sockets.add(session);
    ws.on('close', () => sockets.delete(session));
    ws.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame.type === 'hello') {
        const [e, index] = (frame.cursor ?? '').split('.').map(Number);
        if (e === epoch && index <= log.length) {
          const missed = log.slice(index).filter((entry) => entry.audience.includes(session.person));
          session.raw({ type: 'resumed', missed: missed.length });
          session.greeted = true;
          missed.forEach((entry) => session.push(entry));
        } else {
          const all = listed(session.person, 'all');
          session.raw({
            type: 'start',
            cursor: `${epoch}.${log.length}`,
            snapshot: {
              me: meView(session.person),
              conversations: all.slice(0, 100),
              more_conversations: all.length > 100,
              people: Object.values(people),
            },
          });
          session.greeted = true;
        }
      } else if (frame.type === 'watch') {
        for (const id of frame.people) {
          const x = people[id];
          if (x)
            session.raw({
              type: 'signal',
              signal: {
                type: 'presence',
                person_id: id,
                presence: x.presence,
                status_message: x.status_message,
              },
            });
        }
      } else if (frame.type === 'ping') session.raw({ type: 'pong' });
      else if (frame.type === 'typing') {
        const c = conversations.get(frame.conversation_id);
        if (c)
          signal(
            c.people.filter((id) => id !== session.person),
            { type: 'typing', conversation_id: c.id, person_id: session.person },
          );
      }
    });
  });
});
server.listen(port, '127.0.0.1', () => console.log(`fake chat on http://127.0.0.1:${port}`));
