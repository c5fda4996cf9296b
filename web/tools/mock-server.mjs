// @ts-check
/**
 * Dev only: answers the REST API from memory, so that screens can be built and looked at without the server.
 *   WAGGLE_MOCK=1 npm run dev            the dev server
 *   WAGGLE_MOCK=1 npx vite preview       the build, under the content policy of the real server
 * The cookie `waggle_mock=in` means signed in; the code is 407219.
 */

/** @param {number} minutes */
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

const PEOPLE = [
  ['Nora Lindqvist', 'Account Executive', 'Sales', 'owner', 'business'],
  ['Amara Okafor', 'Support Lead', 'Support', 'admin', 'premium'],
  ['Chloé Martin', 'Marketing', 'Marketing', 'admin', 'premium'],
  ['Tomás Herrera', 'Solutions Engineer', 'Sales', 'agent', 'business'],
  ['Priya Raman', 'Support Agent', 'Support', 'agent', 'business'],
  ['Jonas Weber', 'Field Service', 'Service', 'agent', 'business'],
  ['Kenji Mori', 'Sales Development', 'Sales', 'member', 'essential'],
  ['Omar Farouk', 'Spare parts', 'Service', 'agent', 'business'],
  ['David Stone', 'Finance', 'Finance', 'member', 'essential'],
];

const slug = (/** @type {string} */ name) =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(' ', '.');

/** @returns {import('vite').Plugin} */
export function mockServer() {
  let tries = 5;
  let theme = 'system';
  /** @type {string | null} */
  let language = null;
  let name = 'Nora Lindqvist';
  /** @type {string | null} */
  let timeZone = null;
  /** @type {{show: string, message: string | null, clears_at: string | null}} */
  let status = { show: 'available', message: 'At the Hannover fair, short answers only', clears_at: null };
  /** @type {object[]} */
  const mails = [];
  let sessions = [
    {
      id: 'sess_1',
      current: true,
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36',
      source: '198.51.100.7',
      created_at: ago(4000),
      seen_at: ago(0),
    },
    {
      id: 'sess_2',
      current: false,
      user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1',
      source: '203.0.113.20',
      created_at: ago(30000),
      seen_at: ago(130),
    },
    {
      id: 'sess_3',
      current: false,
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
      source: '192.0.2.44',
      created_at: ago(90000),
      seen_at: ago(4600),
    },
  ];
  const members = PEOPLE.map(([full = '', title = '', department = '', role = '', plan = ''], i) => ({
    account_id: `acct_${String(i).padStart(4, '0')}x${slug(full)}`,
    name: full,
    email: `${slug(full)}@acmerobotics.example`,
    title,
    department,
    role,
    plan,
    state: i === 8 ? 'suspended' : 'active',
    last_seen_at: ago([0, 1, 12, 65, 200, 1500, 3200, 9000, 120000][i] ?? 0),
  }));
  members.push({
    account_id: 'acct_inv1',
    name: '',
    email: 'lucia.bianchi@acmerobotics.example',
    title: '',
    department: '',
    role: 'agent',
    plan: 'business',
    state: 'invited',
    last_seen_at: /** @type {any} */ (null),
  });

  const me = () => ({
    account: {
      id: members[0]?.account_id,
      email: members[0]?.email,
      name,
      title: 'Account Executive',
      department: 'Sales',
      picture: null,
      language,
      theme,
      time_zone: timeZone,
    },
    organization: { id: 'org_1', name: 'Acme Robotics', domain: 'acmerobotics.example' },
    role: 'owner',
    permissions: ['members.manage'],
    capabilities: [],
    status,
  });

  /** @type {import('vite').Connect.NextHandleFunction} */
  const answer = (req, res) => {
    const signedIn = (req.headers.cookie ?? '').includes('waggle_mock=in');
    let raw = '';
    req.on('data', (/** @type {Buffer} */ chunk) => (raw += chunk.toString()));
    req.on('end', () => {
      const url = new URL(req.url ?? '/', 'http://localhost');
      const what = `${req.method} ${url.pathname}`;
      /** @type {any} */
      const body = raw ? JSON.parse(raw) : {};
      /** @param {number} code @param {unknown} [json] */
      const send = (code, json) => {
        res.statusCode = code;
        res.setHeader('content-type', 'application/json');
        setTimeout(() => res.end(json === undefined ? '' : JSON.stringify(json)), 40);
      };
      /** @param {number} status @param {string} code @param {object} [details] */
      const refuse = (status, code, details) =>
        send(status, { error: { code, message: `Refused: ${code}`, details } });

      if (what === 'GET /sign-in/options')
        return send(200, {
          organization: { name: 'Acme Robotics' },
          demo: true,
          needs_setup: false,
          version: '0.1.0',
          providers: [],
        });
      if (what === 'POST /sign-in/code') {
        if (!String(body.email).endsWith('acmerobotics.example')) return refuse(403, 'no_membership');
        tries = 5;
        mails.unshift({
          id: `mail_${mails.length}`,
          to: body.email,
          name: null,
          subject: 'Your sign-in code',
          code: '407219',
          created_at: ago(0),
        });
        return send(202, { expires_at: ago(-10) });
      }
      if (what === 'POST /sign-in') {
        if (body.code !== '407219') return refuse(403, 'code_wrong', { tries_left: --tries });
        res.setHeader('set-cookie', 'waggle_mock=in; Path=/; HttpOnly');
        return send(200, { me: me() });
      }
      if (what === 'GET /sign-in/demo-outbox')
        return send(200, {
          mails,
          people: members.slice(0, 4).map(({ email, name, title }) => ({ email, name, title })),
        });
      if (url.pathname.startsWith('/setup/'))
        return url.pathname.endsWith('bad')
          ? refuse(404, 'setup_link_invalid')
          : req.method === 'GET'
            ? send(200, { valid: true })
            : send(200, { me: me() });
      if (url.pathname.startsWith('/invitations/') && req.method === 'GET')
        return url.pathname.endsWith('bad')
          ? refuse(404, 'invitation_invalid')
          : send(200, {
              organization_name: 'Acme Robotics',
              email: 'lucia.bianchi@acmerobotics.example',
              invited_by: 'Nora Lindqvist',
            });
      if (url.pathname.endsWith('/accept')) return send(204);
      if (!signedIn) return refuse(401, 'not_signed_in');
      if (what === 'POST /sign-out' || what === 'POST /me/sessions/revoke-all') {
        res.setHeader('set-cookie', 'waggle_mock=; Path=/; Max-Age=0');
        return send(204);
      }
      if (what === 'GET /me') return send(200, me());
      if (what === 'PATCH /me') {
        theme = body.theme ?? theme;
        name = body.name ?? name;
        if ('language' in body) language = body.language;
        if ('time_zone' in body) timeZone = body.time_zone;
        return send(200, me());
      }
      if (what === 'PUT /me/status') {
        status = body;
        return send(200, me());
      }
      if (what === 'GET /me/sessions') return send(200, { sessions });
      if (url.pathname.startsWith('/me/sessions/')) {
        sessions = sessions.filter((one) => !url.pathname.endsWith(one.id));
        return send(204);
      }
      if (what === 'GET /members') {
        const query = (url.searchParams.get('query') ?? '').toLowerCase();
        return send(200, {
          members: members.filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(query)),
          next: null,
        });
      }
      if (url.pathname.startsWith('/members/')) {
        const found = members.find((one) => url.pathname.endsWith(one.account_id));
        if (!found) return refuse(404, 'not_found');
        return send(200, Object.assign(found, body));
      }
      if (what === 'POST /invitations') return send(200, { invited: body.emails, refused: [] });
      if (what === 'POST /feedback') return send(204);
      return refuse(404, 'not_found');
    });
  };

  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');

  return {
    name: 'waggle-mock-server',
    configureServer(server) {
      server.middlewares.use('/api', answer);
    },
    configurePreviewServer(server) {
      server.middlewares.use((_req, res, next) => {
        res.setHeader('content-security-policy', policy);
        next();
      });
      server.middlewares.use('/api', answer);
    },
  };
}
