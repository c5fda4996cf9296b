/** What a conversation and its messages are called, in the language of the screen. */
import type { ConversationView, MessageView, PersonBrief, SystemNote } from '@waggle/protocol';
import { plain } from '@waggle/client/markdown';
import { format, t } from '@waggle/i18n';
import { live } from './live.svelte.ts';

/** The other one of a direct conversation. */
export function otherOf(conversation: ConversationView): PersonBrief | undefined {
  return conversation.kind === 'direct' ? conversation.people[0] : undefined;
}

/** A group has a title; a direct conversation is named after the other person. */
export function titleOf(conversation: ConversationView): string {
  if (conversation.title) return conversation.title;
  if (conversation.people.length > 0)
    return format.list(conversation.people.slice(0, 3).map((person) => person.name));
  return conversation.kind === 'direct' ? t('chat.only_you') : t('chat.group');
}

/** How a person is called: by the directory, as it is the newest, else as beside the message. */
export function nameOf(person: PersonBrief): string {
  return live.person(person.id)?.name ?? person.name;
}

export function nameById(id: string, conversation?: ConversationView): string {
  if (id === live.me) return live.person(id)?.name ?? t('chat.you');
  return (
    live.person(id)?.name ??
    conversation?.people.find((person) => person.id === id)?.name ??
    t('chat.somebody')
  );
}

export function firstName(name: string): string {
  return name.split(/\s+/)[0] ?? name;
}

/** What happened, as a sentence. */
export function systemWords(note: SystemNote, author: PersonBrief): string {
  const own = author.id === live.me ? 'yes' : 'no';
  const name = nameOf(author);
  switch (note.type) {
    case 'created':
      return t('chat.system.created', { own, name });
    case 'added':
      return t('chat.system.added', {
        own,
        name,
        people: format.list(
          note.people.map((person) => (person.id === live.me ? t('chat.you_object') : nameOf(person))),
        ),
      });
    case 'left':
      return t('chat.system.left', { own, name });
    case 'returned':
      return t('chat.system.returned', { own, name });
    case 'renamed':
      return t('chat.system.renamed', { own, name, title: note.title });
    case 'picture_changed':
      return t('chat.system.picture', { own, name });
  }
}

/** A message in one line, without its author. */
export function gist(message: MessageView): string {
  if (message.deleted_at !== null) return t('chat.deleted');
  if (message.system) return systemWords(message.system, message.author);
  const text = gistOf(message.body);
  if (text !== '') return text;
  const [file] = message.files;
  if (!file) return '';
  return message.files.length === 1 ? file.name : t('chat.files_count', { count: message.files.length });
}

export function gistOf(body: string): string {
  return plain(body.slice(0, 400), (id) => nameById(id));
}

export function presenceWords(presence: 'available' | 'away' | 'dnd' | 'offline'): string {
  return t(`presence.${presence}`);
}
