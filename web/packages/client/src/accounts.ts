/** Sign-in, the own account, sessions and members. Types are provisional until `@waggle/protocol` brings the generated ones. */
import { path, request, type RequestOptions } from './http.ts';

export type Theme = 'system' | 'light' | 'dark';
export type Show = 'available' | 'away' | 'dnd';
export type Role = 'owner' | 'admin' | 'agent' | 'member';

export interface Provider {
  id: string;
  name: string;
}

export interface SignInOptions {
  organization: { name: string } | null;
  demo: boolean;
  needs_setup: boolean;
  version: string;
  providers: Provider[];
}

export interface Account {
  id: string;
  email: string;
  name: string;
  title: string | null;
  department: string | null;
  picture: string | null;
  language: string | null;
  theme: Theme;
  time_zone: string | null;
}

export interface Status {
  show: Show;
  message: string | null;
  clears_at: string | null;
}

export interface Me {
  account: Account;
  organization: { id: string; name: string; domain: string };
  role: Role;
  permissions: string[];
  capabilities: string[];
  status: Status;
}

export interface DemoMail {
  id: string;
  to: string;
  name: string | null;
  subject: string;
  code: string | null;
  created_at: string;
}

export interface DemoPerson {
  email: string;
  name: string;
  title: string | null;
}

export interface DemoOutbox {
  mails: DemoMail[];
  people: DemoPerson[];
}

export interface Setup {
  organization_name: string;
  domain: string;
  name: string;
  email: string;
  language: string;
}

export interface Invitation {
  organization_name: string;
  email: string;
  invited_by: string | null;
}

export interface Session {
  id: string;
  current: boolean;
  user_agent: string | null;
  source: string | null;
  created_at: string;
  seen_at: string;
}

export interface Member {
  account_id: string;
  name: string;
  email: string;
  title: string | null;
  department: string | null;
  role: Role;
  plan: string;
  state: 'active' | 'invited' | 'suspended';
  last_seen_at: string | null;
}

export interface Invite {
  emails: string[];
  role: Role;
  plan: string;
  language: string;
}

export interface InviteResult {
  invited: string[];
  refused: { email: string; code: string }[];
}

export type ProfileChange = Partial<Pick<Account, 'name' | 'language' | 'theme' | 'time_zone' | 'title'>>;

export const signInOptions = (options?: RequestOptions) =>
  request<SignInOptions>('GET', '/api/sign-in/options', undefined, options);

export const requestCode = (email: string, language: string) =>
  request<{ expires_at: string }>('POST', '/api/sign-in/code', { email, language });

export const signIn = (email: string, code: string) =>
  request<{ me: Me }>('POST', '/api/sign-in', { email, code }).then((answer) => answer.me);

export const demoOutbox = (options?: RequestOptions) =>
  request<DemoOutbox>('GET', '/api/sign-in/demo-outbox', undefined, options);

export const signOut = () => request<undefined>('POST', '/api/sign-out', {});

export const checkSetup = (token: string) => request<{ valid: true }>('GET', path`/api/setup/${token}`);

export const completeSetup = (token: string, setup: Setup) =>
  request<{ me: Me }>('POST', path`/api/setup/${token}`, setup).then((answer) => answer.me);

export const readInvitation = (token: string) => request<Invitation>('GET', path`/api/invitations/${token}`);

export const acceptInvitation = (token: string) =>
  request<undefined>('POST', path`/api/invitations/${token}/accept`, {});

export const readMe = (options?: RequestOptions) => request<Me>('GET', '/api/me', undefined, options);

export const changeProfile = (change: ProfileChange) => request<Me>('PATCH', '/api/me', change);

export const setStatus = (status: Status) => request<Me>('PUT', '/api/me/status', status);

export const listSessions = () =>
  request<{ sessions: Session[] }>('GET', '/api/me/sessions').then((answer) => answer.sessions);

export const revokeSession = (id: string) => request<undefined>('DELETE', path`/api/me/sessions/${id}`);

export const revokeAllSessions = () => request<undefined>('POST', '/api/me/sessions/revoke-all', {});

export const listMembers = (query: string, after?: string | null, options?: RequestOptions) =>
  request<{ members: Member[]; next: string | null }>('GET', '/api/members', undefined, {
    ...options,
    query: { query, after },
  });

export const invite = (body: Invite) => request<InviteResult>('POST', '/api/invitations', body);

export const changeMember = (accountId: string, change: Partial<Pick<Member, 'role' | 'plan' | 'state'>>) =>
  request<Member>('PATCH', path`/api/members/${accountId}`, change);

export const sendFeedback = (text: string, contactOk: boolean) =>
  request<undefined>('POST', '/api/feedback', { text, contact_ok: contactOk });
