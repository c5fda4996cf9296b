-- How many members of each plan an organization may have; null is as many as it likes.
alter table organizations add column seats_essential integer;
alter table organizations add column seats_business integer;
alter table organizations add column seats_premium integer;

-- The mail's reason, until when it is of use, and why the last try did not work. A mail that waited while nothing
-- could deliver it is of no use any more.
alter table mails add column kind text not null default 'sign_in_code';
alter table mails add column deliver_until integer;
alter table mails add column last_error text;
update mails set state = 'kept' where state = 'waiting';
create index mails_organization on mails (organization_id, id);

-- The language of the mail, for sending it again.
alter table invitations add column language text not null default 'en';
create index invitations_organization on invitations (organization_id, created_at);

create index feedback_organization on feedback (organization_id, id);

-- People who asked to be let in. Without an organization it only counts for the limits: the domain is not known, or
-- the request is of no use.
create table join_requests (
    id blob primary key,
    organization_id blob references organizations (id),
    email text not null,
    name text not null,
    language text not null,
    source text not null,
    created_at integer not null
);
create index join_requests_organization on join_requests (organization_id, id);
create index join_requests_created on join_requests (created_at);
