-- When a message that was taken back was erased: after that it cannot be brought back.
alter table messages add column erased_at integer;
create index messages_to_erase on messages (deleted_at) where deleted_at is not null and erased_at is null;

-- What repeats a message: answers to it, events, and files that share their content with others.
create index messages_quote on messages (quote_id) where quote_id is not null;
create index events_subject on events (subject) where subject is not null;
create index files_blob on files (blob_id);
