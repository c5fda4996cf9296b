-- Tokens with which programs act for a person; of the secret there is a hash only.
create table api_tokens (
    id uuid primary key,
    account_id uuid not null references accounts (id),
    name text not null,
    secret_hash bytea not null,
    scopes text not null,
    created_at bigint not null,
    expires_at bigint,
    used_at bigint
);
create unique index api_tokens_secret on api_tokens (secret_hash);
create index api_tokens_account on api_tokens (account_id);
