-- Tags that caches in front have to forget. A purger says until when somebody wants to know them; where
-- there is none, nothing is written.
create table souk_purging (
  id    boolean primary key default true check (id),
  until timestamptz not null
);

create table souk_purge (
  id     bigint generated always as identity primary key,
  tag    text not null,
  due_at timestamptz not null default now(),
  -- Times it has been sent: an answer that was under way at the first time is caught by a later one.
  sent   integer not null default 0
);
create index souk_purge_due on souk_purge (due_at);

create or replace function souk_touch(tags text[]) returns void language sql volatile as
$$
  insert into souk_tag as t (tag, version)
  select tag, souk_version() from (select distinct unnest(tags) as tag order by 1) as sorted
  where tag is not null
  on conflict (tag) do update set version = excluded.version;

  insert into souk_purge (tag)
  select distinct tag from unnest(tags) as tag
  where tag is not null and exists (select from souk_purging where until > now());
$$;
