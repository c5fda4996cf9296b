-- Files and pictures. No version could write to the first table of files, so it is made anew instead of altered.
drop table files;

-- position and place are the message's position in its conversation and the file's place in the message, both kept
-- here when it is sent, so that a page of messages and a page of files are each one range of one index.
-- Forwarded files share the content of the first one, which is named by blob_id.
create table files (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    owner_id uuid not null references accounts (id),
    conversation_id uuid not null references conversations (id),
    message_id uuid references messages (id),
    position bigint,
    place bigint,
    blob_id uuid not null,
    client_id text not null,
    name text not null,
    media_type text not null,
    size_bytes bigint not null,
    received_bytes bigint not null,
    complete boolean not null,
    width bigint,
    height bigint,
    thumbnail boolean not null,
    created_at bigint not null
);
create unique index files_client on files (owner_id, client_id);
create index files_message on files (message_id);
create index files_sent on files (conversation_id, position, place);
create index files_unsent on files (owner_id, created_at) where message_id is null;

-- The pictures of people and conversations, as the server encoded them.
create table pictures (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    created_at bigint not null
);

-- Content that nothing names any more, or that may turn out to be named by nothing. It is removed when it is due;
-- the row goes after the content, so that a crash between the two removes it once more instead of never.
create table blob_removals (
    blob_id uuid primary key,
    due_at bigint not null
);
create index blob_removals_due on blob_removals (due_at);
