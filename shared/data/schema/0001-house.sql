-- What every service's database holds beside its own tables.

create table souk_migration (
  name       text primary key,
  checksum   text not null,
  applied_at timestamptz not null default now()
);

-- Versions of what cached answers were made from. Random, not counted: a version never comes back,
-- not after a deletion, a restored backup or a database made anew beside an old Redis.
create table souk_tag (
  tag     text primary key,
  version bigint not null
);

create function souk_version() returns bigint language sql volatile as
$$ select ('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint $$;

-- Bumps the versions of these tags; for triggers of services. Always in the same order, so that two
-- transactions with the same tags wait for each other instead of locking each other out.
create function souk_touch(tags text[]) returns void language sql volatile as
$$
  insert into souk_tag as t (tag, version)
  select tag, souk_version() from (select distinct unnest(tags) as tag order by 1) as sorted
  where tag is not null
  on conflict (tag) do update set version = excluded.version
$$;

-- The version of a tag without a row is that of the tag '', which changes with every deletion.
select souk_touch(array['']);

create function souk_tag_gone() returns trigger language plpgsql as
$$ begin perform souk_touch(array['']); return null; end $$;

create trigger souk_tag_deleted after delete on souk_tag
  for each statement execute function souk_tag_gone();
create trigger souk_tag_truncated after truncate on souk_tag
  for each statement execute function souk_tag_gone();

-- Events on their way to other services. A row goes when its event was taken.
create table souk_outbox (
  id          uuid primary key default gen_random_uuid(),
  topic       text not null,
  target      text not null,
  key         text,
  payload     jsonb not null,
  traceparent text,
  created_at  timestamptz not null default now(),
  due_at      timestamptz not null default now(),
  attempts    integer not null default 0,
  last_error  text,
  dead_at     timestamptz
);
create index souk_outbox_due on souk_outbox (due_at) where dead_at is null;

-- Events taken, so that each is taken once.
create table souk_inbox (
  event_id uuid primary key,
  taken_at timestamptz not null default now()
);
create index souk_inbox_age on souk_inbox (taken_at);

-- First answers to requests with an Idempotency-Key.
create table souk_idempotency (
  scope       text not null,
  key         text not null,
  fingerprint bytea not null,
  status      integer not null,
  headers     jsonb not null,
  cookies     jsonb,
  body        bytea not null,
  is_text     boolean not null,
  expires_at  timestamptz not null,
  primary key (scope, key)
);
create index souk_idempotency_age on souk_idempotency (expires_at);
