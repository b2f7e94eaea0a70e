-- UUID v7 (RFC 9562): the time in front, so that ids sort by age. PostgreSQL has its own from 18 on.
create function cart_uuid() returns uuid language sql volatile as
$$
  select encode(
    set_bit(set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6
      ),
      52, 1), 53, 1),
    'hex')::uuid
$$;

-- What this service last knew of a product that lies in some cart.
create table product (
  id          integer primary key,
  version     bigint not null,
  name        text not null,
  price       numeric(12, 2) not null,
  image       text,
  stock_count integer not null,
  is_gone     boolean not null default false,
  checked_at  timestamptz not null default now()
);

-- One for each user or guest. A guest's ends by being merged into a user's: its row stays, so that
-- it ends once whatever is retried, and names the cart that later calls with its cookie belong to.
create table cart (
  id         uuid primary key default cart_uuid(),
  user_id    uuid unique,
  version    bigint not null default 0,
  line_count integer not null default 0,
  updated_at timestamptz not null default now(),
  ended_at   timestamptz,
  ended_by   uuid,
  successor  uuid,
  merged     jsonb,
  constraint cart_at_most_100_lines check (line_count between 0 and 100),
  constraint cart_end_is_whole check (
    num_nonnulls(ended_at, ended_by, successor, merged) in (0, 4)
    and (ended_at is null or user_id is null)
  )
);
create index cart_guest_age on cart (updated_at) where user_id is null;
create index cart_successor on cart (successor) where successor is not null;

create table cart_line (
  cart_id     uuid not null references cart on delete cascade,
  product_id  integer not null references product,
  id          uuid not null default cart_uuid(),
  quantity    integer not null,
  -- The price that was shown when it was put in or its quantity last set.
  added_price numeric(12, 2) not null,
  primary key (cart_id, product_id),
  constraint cart_line_quantity_1_to_999 check (quantity between 1 and 999)
);
create index cart_line_product on cart_line (product_id);

-- Users whose account is gone; an access token may outlive it by minutes and fill a cart once more.
create table deleted_user (
  user_id    uuid primary key,
  deleted_at timestamptz not null default now()
);

-- Every change of lines, whoever makes it, moves the cart's version and count. Who changes lines locks
-- the cart first, so nobody waits here.
create function cart_lines_changed() returns trigger language plpgsql as
$$
begin
  update cart
     set version = version + 1, updated_at = now(), line_count = line_count + changed.delta
    from (
      select cart_id, count(*) * case tg_op when 'INSERT' then 1 when 'DELETE' then -1 else 0 end
             as delta
        from changed_lines group by cart_id
    ) as changed
   where cart.id = changed.cart_id;
  return null;
end
$$;

create trigger cart_line_inserted after insert on cart_line
  referencing new table as changed_lines
  for each statement execute function cart_lines_changed();
create trigger cart_line_updated after update on cart_line
  referencing new table as changed_lines
  for each statement execute function cart_lines_changed();
create trigger cart_line_deleted after delete on cart_line
  referencing old table as changed_lines
  for each statement execute function cart_lines_changed();
