-- How many members of each plan an organization may have; null is as many as it likes.
alter table organizations add column seats_essential bigint;
alter table organizations add column seats_business bigint;
alter table organizations add column seats_premium bigint;
