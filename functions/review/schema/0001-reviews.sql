-- Ids of version 7: in the order of their time. PostgreSQL makes them itself only from 18 on.
create function review_uuid(at timestamptz) returns uuid
language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from at) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

-- What the product service last said of its products, by event or on being asked.
create table known_product (
  product_id integer primary key check (product_id > 0),
  version bigint not null,
  name text not null,
  deleted boolean not null default false
);

-- What the auth service last said of those who write. `version` 0: only their token was seen.
create table author (
  user_id uuid primary key,
  username text,
  version bigint not null default 0,
  deleted boolean not null default false,
  check (deleted = (username is null))
);

-- The author's name is copied into each review, so that a list reads one table. Both ids of an
-- author are null once the account is deleted: nothing leads from the text to the person.
create table review (
  id uuid primary key default review_uuid(now()),
  product_id integer not null check (product_id > 0),
  user_id uuid,
  username text,
  rating smallint not null constraint review_rating check (rating between 1 and 5),
  title text not null default '' check (char_length(title) <= 150),
  comment text not null default '' check (char_length(comment) <= 5000),
  helpful_count integer not null default 0 check (helpful_count >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  hidden_at timestamptz,
  hidden_by uuid,
  hidden_reason text,
  constraint review_once unique (product_id, user_id),
  check ((user_id is null) = (username is null)),
  check ((hidden_at is null) = (hidden_reason is null))
);

-- Each list reads its page from one of these, however many reviews there are.
create index review_newest on review (product_id, id);
create index review_rated on review (product_id, rating, id) where hidden_at is null;
create index review_helpful on review (product_id, rating, helpful_count, id)
  where hidden_at is null;
create index review_of_author on review (user_id, id);
create index review_hidden on review (id) where hidden_at is not null;

create function review_words(title text, comment text) returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', title || ' ' || comment)
$$;
create index review_words on review using gin (review_words(title, comment));

create table review_vote (
  review_id uuid not null references review on delete cascade,
  user_id uuid not null,
  primary key (review_id, user_id)
);
create index review_vote_of_user on review_vote (user_id, review_id);

-- One row a product, changed by delta by the triggers below. `version` grows with every change.
create table rating (
  product_id integer primary key,
  count integer not null check (count >= 0),
  sum bigint not null check (sum between count and 5 * count::bigint),
  stars1 integer not null,
  stars2 integer not null,
  stars3 integer not null,
  stars4 integer not null,
  stars5 integer not null,
  version bigint not null default 1
);

-- The mean with one place, as text: "4.3"; "0.0" when there is none.
create function rating_mean(sum bigint, count integer) returns text
language sql immutable parallel safe as $$
  select coalesce(round(sum::numeric / nullif(count, 0), 1), 0.0)::text
$$;
