/** The REST half of chat: one function per use case, named as on the server (`post_message` → `postMessage`). */
import type {
  ConversationView,
  CreateExportRequest,
  ExportView,
  FileView,
  ListFilesResponse,
  MessageView,
  ParticipantView,
  PersonView,
  SeatView,
} from '@waggle/protocol';
import { path, request, type RequestOptions } from './http.ts';
import { sendBytes } from './http-bytes.ts';
import type { MessagePage } from './store.ts';

export type ConversationFilter = 'all' | 'unread' | 'direct' | 'group' | 'hidden';

export interface NewConversation {
  /** A repeated request with the same id makes one conversation. */
  client_id: string;
  title: string;
  description: string | null;
  people: string[];
}

export interface NewMessage {
  /** A send repeated with it is the same message. */
  client_id: string;
  body: string;
  quote_id: string | null;
  file_ids: string[];
}

export interface Edit {
  body: string;
  replaced_at: string;
}

export type PageWish = { before?: number; after?: number; around?: number; limit?: number };

const void_ = (answer: Promise<unknown>): Promise<void> => answer.then(() => undefined);

export const listConversations = (
  filter: ConversationFilter,
  before?: string | null,
  options?: RequestOptions,
) =>
  request<{ conversations: ConversationView[]; next: string | null }>(
    'GET',
    '/api/conversations',
    undefined,
    {
      ...options,
      query: { filter: filter === 'all' ? undefined : filter, before },
    },
  );

export const createConversation = (conversation: NewConversation) =>
  request<ConversationView>('POST', '/api/conversations', conversation);

/** The one direct conversation with a person, made if there was none. */
export const openDirect = (personId: string) =>
  request<ConversationView>('POST', '/api/conversations/direct', { person_id: personId });

export const getConversation = (id: string, options?: RequestOptions) =>
  request<ConversationView>('GET', path`/api/conversations/${id}`, undefined, options);

export const changeConversation = (id: string, change: { title?: string; description?: string | null }) =>
  request<ConversationView>('PATCH', path`/api/conversations/${id}`, change);

/** Ascending; the newest unless a place is wished. */
export const listMessages = (id: string, wish: PageWish = {}, options?: RequestOptions) =>
  request<MessagePage>('GET', path`/api/conversations/${id}/messages`, undefined, {
    ...options,
    query: { ...wish },
  });

export const postMessage = (id: string, message: NewMessage, options?: RequestOptions) =>
  request<MessageView>('POST', path`/api/conversations/${id}/messages`, message, options);

export const editMessage = (id: string, body: string) =>
  request<MessageView>('PATCH', path`/api/messages/${id}`, { body });

export const deleteMessage = (id: string) => void_(request('DELETE', path`/api/messages/${id}`));

/** Takes the preview away from one's own message. */
export const removePreview = (id: string) => void_(request('DELETE', path`/api/messages/${id}/preview`));

export const restoreMessage = (id: string) =>
  request<MessageView>('POST', path`/api/messages/${id}/restore`, {});

export const listEdits = (id: string, options?: RequestOptions) =>
  request<{ edits: Edit[] }>('GET', path`/api/messages/${id}/edits`, undefined, options).then(
    ({ edits }) => edits,
  );

export const addReaction = (id: string, emoji: string) =>
  void_(request('PUT', path`/api/messages/${id}/reactions/${emoji}`));

export const removeReaction = (id: string, emoji: string) =>
  void_(request('DELETE', path`/api/messages/${id}/reactions/${emoji}`));

export const forwardMessage = (id: string, clientId: string, conversationIds: string[]) =>
  request<{ messages: MessageView[] }>('POST', path`/api/messages/${id}/forward`, {
    client_id: clientId,
    conversation_ids: conversationIds,
  }).then(({ messages }) => messages);

export const pinMessage = (id: string) => void_(request('PUT', path`/api/messages/${id}/pin`));

export const unpinMessage = (id: string) => void_(request('DELETE', path`/api/messages/${id}/pin`));

export const listPins = (id: string, options?: RequestOptions) =>
  request<{ messages: MessageView[] }>('GET', path`/api/conversations/${id}/pins`, undefined, options).then(
    ({ messages }) => messages,
  );

export const markRead = (id: string, position: number, options?: RequestOptions) =>
  void_(request('PUT', path`/api/conversations/${id}/read`, { position }, options));

export const changeSeat = (id: string, change: { hidden?: boolean; muted?: boolean; pinned?: boolean }) =>
  request<SeatView>('PATCH', path`/api/conversations/${id}/seat`, change);

export const listParticipants = (id: string, after?: string | null, options?: RequestOptions) =>
  request<{ participants: ParticipantView[]; next: string | null }>(
    'GET',
    path`/api/conversations/${id}/participants`,
    undefined,
    { ...options, query: { after } },
  );

export const addParticipants = (id: string, personIds: string[]) =>
  void_(request('POST', path`/api/conversations/${id}/participants`, { person_ids: personIds }));

export const leaveConversation = (id: string) =>
  void_(request('POST', path`/api/conversations/${id}/leave`, {}));

export const returnToConversation = (id: string) =>
  request<ConversationView>('POST', path`/api/conversations/${id}/return`, {});

export const saveDraft = (id: string, body: string, options?: RequestOptions) =>
  void_(request('PUT', path`/api/conversations/${id}/draft`, { body }, options));

export const listPeople = (query: string, after?: string | null, options?: RequestOptions) =>
  request<{ people: PersonView[]; next: string | null }>('GET', '/api/people', undefined, {
    ...options,
    query: { query, after },
  });

/** Gives a group another picture. */
export const setConversationPicture = (id: string, picture: Blob) =>
  sendBytes<ConversationView>('PUT', path`/api/conversations/${id}/picture`, picture);

export const removeConversationPicture = (id: string) =>
  request<ConversationView>('DELETE', path`/api/conversations/${id}/picture`);

/** The files that were sent in a conversation, the newest first. */
export const listFiles = (id: string, before?: string | null, options?: RequestOptions) =>
  request<ListFilesResponse>('GET', path`/api/conversations/${id}/files`, undefined, {
    ...options,
    query: { before },
  });

/** Begins to put a conversation into a file; one at a time. */
export const createExport = (id: string, wish: CreateExportRequest) =>
  request<ExportView>('POST', path`/api/conversations/${id}/exports`, wish);

export const listExports = (options?: RequestOptions) =>
  request<{ exports: ExportView[] }>('GET', '/api/exports', undefined, options).then(
    ({ exports }) => exports,
  );

export const getExport = (id: string, options?: RequestOptions) =>
  request<ExportView>('GET', path`/api/exports/${id}`, undefined, options);

/** Ends an export, or removes what it made. */
export const cancelExport = (id: string) => void_(request('DELETE', path`/api/exports/${id}`));

/** Gives one's own film, uploaded and not sent yet, a small picture. */
export const setPoster = (fileId: string, poster: Blob, signal?: AbortSignal) =>
  sendBytes<{ file: FileView; received_bytes: number }>(
    'PUT',
    path`/api/files/${fileId}/poster`,
    poster,
    signal,
  );

export interface NewFile {
  conversation_id: string;
  client_id: string;
  name: string;
  size_bytes: number;
  media_type: string;
}

/** Announces a file, or finds how far a repeated one has come. */
export const createFile = (file: NewFile, options?: RequestOptions) =>
  request<{ file: FileView; received_bytes: number }>('POST', '/api/files', file, options);

/** One piece of a file. Not through `request`, which speaks JSON. */
export { appendFile } from './http-bytes.ts';

export const discardFile = (id: string) => void_(request('DELETE', path`/api/files/${id}`));
