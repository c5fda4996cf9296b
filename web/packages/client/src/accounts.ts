/** Sign-in, the own account, sessions, members and what administrators read. */
import type {
  AcceptJoinRequestRequest,
  ChangeMemberRequest,
  ChangeMeRequest,
  CheckInvitationResponse,
  CheckSetupResponse,
  CreateTokenRequest,
  CreateTokenResponse,
  DemoOutbox,
  InvitePeopleRequest,
  InvitePeopleResponse,
  ListFeedbackResponse,
  ListIdentitiesResponse,
  ListJoinRequestsResponse,
  ListMailsResponse,
  ListMembersResponse,
  ListSessionsResponse,
  ListTokensResponse,
  Me,
  MemberView,
  PreviewInvitationsRequest,
  PreviewInvitationsResponse,
  RequestToJoinRequest,
  SendCodeRequest,
  SendCodeResponse,
  SendFeedbackRequest,
  SetStatusRequest,
  SetUpRequest,
  SignInOptions,
  SignInRequest,
  SignInResponse,
  WaitingIdentity,
} from '@waggle/protocol';
import { sendBytes } from './http-bytes.ts';
import { path, request, withQuery, type RequestOptions } from './http.ts';

export type {
  ChangeMemberRequest,
  ChangeMeRequest,
  DemoMail,
  DemoOutbox,
  DemoPerson,
  FeedbackView,
  IdentityView,
  InvitationPreviewRow,
  InvitedPerson,
  JoinRequestView,
  MailView,
  Me,
  MemberView,
  MemberView as Member,
  Permission,
  Plan,
  RefusedEmail,
  Role,
  Scope,
  SeatsView,
  SessionView,
  SetUpRequest,
  Show,
  SignInOptions,
  SignInProvider,
  Status,
  Theme,
  TokenView,
  WaitingIdentity,
} from '@waggle/protocol';

// --- Sign-in ---

export const signInOptions = (options?: RequestOptions) =>
  request<SignInOptions>('GET', '/api/sign-in/options', undefined, options);

export const requestCode = (email: string, language: string) =>
  request<SendCodeResponse>('POST', '/api/sign-in/code', { email, language } satisfies SendCodeRequest);

/** With `link`, the identity of a provider that waits in this browser for this address is linked to the account. */
export const signIn = (email: string, code: string, link = false): Promise<Me> =>
  request<SignInResponse>('POST', '/api/sign-in', { email, code, link } satisfies SignInRequest).then(
    (answer) => answer.me,
  );

/** Where a browser goes to sign in through a provider: a navigation, no request. `next` is a path of ours. */
export const providerHref = (provider: string, next: string | null): string =>
  withQuery(path`/api/sign-in/oidc/${provider}`, { next });

/** The address that must be proven by a code before the provider can sign in. */
export const readWaitingIdentity = () => request<WaitingIdentity>('GET', '/api/sign-in/identity');

export const demoOutbox = (options?: RequestOptions) =>
  request<DemoOutbox>('GET', '/api/sign-in/demo-outbox', undefined, options);

export const signOut = () => request<undefined>('POST', '/api/sign-out', {});

export const checkSetup = (token: string) => request<CheckSetupResponse>('GET', path`/api/setup/${token}`);

export const completeSetup = (token: string, setup: SetUpRequest): Promise<Me> =>
  request<SignInResponse>('POST', path`/api/setup/${token}`, setup).then((answer) => answer.me);

/** What the page behind an invitation's link shows. Signing in with its address accepts it. */
export const readInvitation = (token: string) =>
  request<CheckInvitationResponse>('GET', path`/api/invitations/${token}`);

/** Answers the same whether or not the organization exists. */
export const askToJoin = (body: RequestToJoinRequest) =>
  request<undefined>('POST', '/api/join-requests', body);

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

export const listIdentities = () =>
  request<ListIdentitiesResponse>('GET', '/api/me/identities').then((answer) => answer.identities);

export const removeIdentity = (id: string) => request<undefined>('DELETE', path`/api/me/identities/${id}`);

/** The own API tokens, and the scopes that one may have. */
export const listTokens = () => request<ListTokensResponse>('GET', '/api/me/tokens');

/** Answers with the secret, which nobody sees again. */
export const createToken = (token: CreateTokenRequest) =>
  request<CreateTokenResponse>('POST', '/api/me/tokens', token);

export const revokeToken = (id: string) => request<undefined>('DELETE', path`/api/me/tokens/${id}`);

export const sendFeedback = (text: string, contactOk: boolean) =>
  request<undefined>('POST', '/api/feedback', { text, contact_ok: contactOk } satisfies SendFeedbackRequest);

// --- For administrators ---

/** People in one request of invitations. */
export const INVITE_MOST = 200;

export const listMembers = (query: string, after?: string | null, options?: RequestOptions) =>
  request<ListMembersResponse>('GET', '/api/members', undefined, { ...options, query: { query, after } });

export const changeMember = (accountId: string, change: ChangeMemberRequest) =>
  request<MemberView>('PATCH', path`/api/members/${accountId}`, change);

export const invitePeople = (body: InvitePeopleRequest) =>
  request<InvitePeopleResponse>('POST', '/api/invitations', body);

export const inviteAgain = (accountId: string) =>
  request<undefined>('POST', path`/api/invitations/${accountId}/again`, {});

export const withdrawInvitation = (accountId: string) =>
  request<undefined>('DELETE', path`/api/members/${accountId}`);

export const previewInvitations = (csv: string) =>
  request<PreviewInvitationsResponse>('POST', '/api/invitations/preview', {
    csv,
  } satisfies PreviewInvitationsRequest).then((answer) => answer.rows);

export const listJoinRequests = (after?: string | null) =>
  request<ListJoinRequestsResponse>('GET', '/api/join-requests', undefined, {
    query: { after },
  });

export const acceptJoinRequest = (id: string, as: AcceptJoinRequestRequest) =>
  request<undefined>('POST', path`/api/join-requests/${id}/accept`, as);

export const refuseJoinRequest = (id: string) => request<undefined>('DELETE', path`/api/join-requests/${id}`);

export const listMails = (after?: string | null) =>
  request<ListMailsResponse>('GET', '/api/mails', undefined, { query: { after } });

export const listFeedback = (after?: string | null) =>
  request<ListFeedbackResponse>('GET', '/api/feedback', undefined, {
    query: { after },
  });
