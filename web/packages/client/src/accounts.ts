/** Sign-in, the own account, sessions, members and what administrators read. */
import type {
  ChangeMeRequest,
  CheckSetupResponse,
  DemoOutbox,
  ListSessionsResponse,
  Me,
  MemberState,
  MemberView,
  Plan,
  Role,
  SendCodeRequest,
  SendCodeResponse,
  SetStatusRequest,
  SetUpRequest,
  SignInOptions,
  SignInRequest,
  SignInResponse,
} from '@waggle/protocol';
import { sendBytes } from './http-bytes.ts';
import { path, request, type RequestOptions } from './http.ts';

export type {
  ChangeMeRequest,
  DemoMail,
  DemoOutbox,
  DemoPerson,
  Me,
  MemberView,
  MemberView as Member,
  Permission,
  Plan,
  Role,
  SessionView,
  SetUpRequest,
  Show,
  SignInOptions,
  Status,
  Theme,
} from '@waggle/protocol';

// --- Sign-in ---

export const signInOptions = (options?: RequestOptions) =>
  request<SignInOptions>('GET', '/api/sign-in/options', undefined, options);

export const requestCode = (email: string, language: string) =>
  request<SendCodeResponse>('POST', '/api/sign-in/code', { email, language } satisfies SendCodeRequest);

export const signIn = (email: string, code: string): Promise<Me> =>
  request<SignInResponse>('POST', '/api/sign-in', { email, code } satisfies SignInRequest).then(
    (answer) => answer.me,
  );

export const demoOutbox = (options?: RequestOptions) =>
  request<DemoOutbox>('GET', '/api/sign-in/demo-outbox', undefined, options);

export const signOut = () => request<undefined>('POST', '/api/sign-out', {});

export const checkSetup = (token: string) => request<CheckSetupResponse>('GET', path`/api/setup/${token}`);

export const completeSetup = (token: string, setup: SetUpRequest): Promise<Me> =>
  request<SignInResponse>('POST', path`/api/setup/${token}`, setup).then((answer) => answer.me);

/** What the page behind an invitation's link shows. Signing in with its address accepts it. */
export interface Invitation {
  organization_name: string;
  email: string;
  invited_by: string | null;
  expires_at: string;
}

export const readInvitation = (token: string) => request<Invitation>('GET', path`/api/invitations/${token}`);

export interface AskToJoin {
  email: string;
  domain: string;
  name: string;
  language?: string;
}

/** Answers the same whether or not the organization exists. */
export const askToJoin = (body: AskToJoin) => request<undefined>('POST', '/api/join-requests', body);

// --- The own account ---

export const readMe = (options?: RequestOptions) => request<Me>('GET', '/api/me', undefined, options);

export const changeProfile = (change: ChangeMeRequest) => request<Me>('PATCH', '/api/me', change);

export const setStatus = (status: SetStatusRequest) => request<Me>('PUT', '/api/me/status', status);

/** A square PNG or JPEG, at most 10 MiB. */
export const setPicture = (picture: Blob) => sendBytes<Me>('PUT', '/api/me/picture', picture);

export const removePicture = () => request<Me>('DELETE', '/api/me/picture');

export const listSessions = () =>
  request<ListSessionsResponse>('GET', '/api/me/sessions').then((answer) => answer.sessions);

export const revokeSession = (id: string) => request<undefined>('DELETE', path`/api/me/sessions/${id}`);

export const revokeAllSessions = () => request<undefined>('POST', '/api/me/sessions/revoke-all', {});

export const sendFeedback = (text: string, contactOk: boolean) =>
  request<undefined>('POST', '/api/feedback', { text, contact_ok: contactOk });

// --- For administrators. Shapes of endpoints that are on their way; the generated types take their place. ---

/** How many members of a plan there are, and may be. */
export interface SeatsView {
  plan: Plan;
  used: number;
  limit: number | null;
}

export interface MembersPage {
  members: MemberView[];
  next: string | null;
  seats?: SeatsView[];
}

export interface ChangeMember {
  role?: Role;
  plan?: Plan;
  state?: MemberState;
}

export interface InvitedPerson {
  email: string;
  name?: string;
  role?: Role;
  plan?: Plan;
}

export interface InvitePeople {
  emails?: string[];
  people?: InvitedPerson[];
  /** Of whoever has none. */
  role: Role;
  plan: Plan;
  language: string;
}

export interface InvitePeopleResult {
  invited: string[];
  refused: { email: string; code: string }[];
}

/** People in one request of invitations. */
export const INVITE_MOST = 200;

export interface PreviewRow {
  /** Of the table, from 1; the columns' names are in the first. */
  line: number;
  email: string;
  name: string | null;
  role: Role | null;
  plan: Plan | null;
  problems: string[];
}

export interface JoinRequest {
  id: string;
  email: string;
  name: string;
  created_at: string;
}

export interface MailView {
  id: string;
  kind: string;
  recipient: string;
  subject: string;
  text: string;
  state: 'waiting' | 'sent' | 'failed' | 'kept';
  error: string | null;
  created_at: string;
  sent_at: string | null;
}

export interface FeedbackView {
  id: string;
  name: string;
  /** Where the person may be answered. */
  email: string | null;
  text: string;
  created_at: string;
}

export const listMembers = (query: string, after?: string | null, options?: RequestOptions) =>
  request<MembersPage>('GET', '/api/members', undefined, { ...options, query: { query, after } });

export const changeMember = (accountId: string, change: ChangeMember) =>
  request<MemberView>('PATCH', path`/api/members/${accountId}`, change);

export const invitePeople = (body: InvitePeople) =>
  request<InvitePeopleResult>('POST', '/api/invitations', body);

export const inviteAgain = (accountId: string) =>
  request<undefined>('POST', path`/api/invitations/${accountId}/again`, {});

export const withdrawInvitation = (accountId: string) =>
  request<undefined>('DELETE', path`/api/members/${accountId}`);

export const previewInvitations = (csv: string) =>
  request<{ rows: PreviewRow[] }>('POST', '/api/invitations/preview', { csv }).then((answer) => answer.rows);

export const listJoinRequests = (after?: string | null) =>
  request<{ requests: JoinRequest[]; next: string | null }>('GET', '/api/join-requests', undefined, {
    query: { after },
  });

export const acceptJoinRequest = (id: string, as: { role: Role; plan: Plan }) =>
  request<undefined>('POST', path`/api/join-requests/${id}/accept`, as);

export const refuseJoinRequest = (id: string) => request<undefined>('DELETE', path`/api/join-requests/${id}`);

export const listMails = (after?: string | null) =>
  request<{ mails: MailView[]; next: string | null }>('GET', '/api/mails', undefined, { query: { after } });

export const listFeedback = (after?: string | null) =>
  request<{ feedback: FeedbackView[]; next: string | null }>('GET', '/api/feedback', undefined, {
    query: { after },
  });
