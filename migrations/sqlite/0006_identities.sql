-- Who somebody is elsewhere: a person of an issuer, linked to one account.
create table identities (
    id blob primary key,
    account_id blob not null references accounts (id),
    provider text not null,
    issuer text not null,
    subject text not null,
    email text not null,
    created_at integer not null,
    used_at integer not null
);
create unique index identities_subject on identities (issuer, subject);
create index identities_account on identities (account_id);

-- Ways out to a provider, and identities that came back and wait until their address is proven.
create table provider_sign_ins (
    id blob primary key,
    state_hash blob not null,
    browser_hash blob not null,
    provider text not null,
    next text not null,
    source text not null,
    issuer text,
    subject text,
    email text,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
);
create unique index provider_sign_ins_state on provider_sign_ins (state_hash);
create index provider_sign_ins_browser on provider_sign_ins (browser_hash);
create index provider_sign_ins_source on provider_sign_ins (source, created_at);
create index provider_sign_ins_created on provider_sign_ins (created_at);
