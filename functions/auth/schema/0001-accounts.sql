-- Finds accounts by any part of an email or a name.
create extension if not exists pg_trgm;

create table account (
  id            uuid primary key,
  email         text not null constraint account_email_form check (email = lower(email) and length(email) <= 254),
  username      text not null constraint account_username_form check (username ~ '^[A-Za-z0-9_.@+-]{1,150}$'),
  -- A PHC string. The check stands between a defect of ours and a password stored in clear.
  password_hash text not null constraint account_password_hashed check (password_hash ~ '^\$argon2id\$v=19\$m='),
  is_active     boolean not null default true,
  is_staff      boolean not null default false,
  is_superuser  boolean not null default false,
  date_joined   timestamptz not null default now(),
  last_login    timestamptz,
  -- Counts changes of the name, so that the other services take only the latest.
  name_version  bigint not null default 1,
  constraint account_email unique (email),
  constraint account_username unique (username)
);
create index account_search on account using gin (email gin_trgm_ops, username gin_trgm_ops);
create index account_superusers on account (id) where is_superuser;

-- A sign-in that lasts: a family of refresh tokens. It ends by its row's deletion, so that nothing
-- can mistake an ended session for a living one.
create table session (
  id           uuid primary key,
  account_id   uuid not null references account on delete cascade,
  -- The refresh token that counts carries this number.
  counter      integer not null default 0,
  user_agent   text not null default '' check (length(user_agent) <= 200),
  created_at   timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);
create index session_account on session (account_id, last_used_at desc);
create index session_age on session (last_used_at);

-- Where an owner has signed in from before. `place` is a keyed hash of the address.
create table known_place (
  account_id uuid not null references account on delete cascade,
  place      text not null,
  seen_at    timestamptz not null default now(),
  primary key (account_id, place)
);
create index known_place_age on known_place (seen_at);

-- Keys that sign access tokens. The private half is sealed under SECRET_KEY.
create table signing_key (
  kid         text primary key,
  public_jwk  jsonb not null,
  sealed      bytea not null,
  created_at  timestamptz not null default now(),
  -- It is published from its making on and signs from here on, until the next one does.
  signs_from  timestamptz not null
);

-- Who did what to which account. Outlives both; says no password, token or email.
create table audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default now(),
  account_id uuid not null,
  -- Null: an operator at the command line, or the service itself.
  actor_id   uuid,
  action     text not null,
  detail     jsonb not null default '{}'
);
create index audit_account on audit (account_id, id desc);
