-- What stands behind links that people send, kept for a day; without a title nothing was found there.
create table link_pages (
    organization_id blob not null references organizations (id),
    url text not null,
    title text,
    site text,
    description text,
    image_id blob,
    width integer,
    height integer,
    fetched_at integer not null
);
create unique index link_pages_url on link_pages (organization_id, url);
create index link_pages_fetched on link_pages (fetched_at);
create index link_pages_image on link_pages (image_id) where image_id is not null;

-- What is shown under a message, with the message's place, so that a page of messages is one range of one index. One
-- that its author removed stays as removed, so that it does not come back by itself.
create table message_previews (
    message_id blob primary key references messages (id),
    conversation_id blob not null references conversations (id),
    position integer not null,
    url text not null,
    title text not null,
    site text,
    description text,
    image_id blob,
    width integer,
    height integer,
    removed integer not null
);
create index message_previews_place on message_previews (conversation_id, position);
create index message_previews_image on message_previews (image_id) where image_id is not null;
