-- Tokens with which programs act for a person; of the secret there is a hash only.
create table api_tokens (
    id blob primary key,
    account_id blob not null references accounts (id),
    name text not null,
    secret_hash blob not null,
    scopes text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer
);
create unique index api_tokens_secret on api_tokens (secret_hash);
create index api_tokens_account on api_tokens (account_id);
