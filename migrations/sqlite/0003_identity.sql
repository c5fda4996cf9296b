-- How many members of each plan an organization may have; null is as many as it likes.
alter table organizations add column seats_essential integer;
alter table organizations add column seats_business integer;
alter table organizations add column seats_premium integer;
