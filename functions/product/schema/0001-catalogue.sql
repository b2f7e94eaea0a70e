-- Categories, products and what hangs on them. Integrity is kept here, whoever writes.

create table category (
  id      integer generated always as identity primary key,
  name    text not null check (length(name) between 1 and 100),
  -- Counted into the ETag of every product that shows the name.
  renames integer not null default 0
);
create unique index category_name on category (lower(name));

create table subcategory (
  id          integer generated always as identity primary key,
  category_id integer not null references category on delete cascade,
  name        text not null check (length(name) between 1 and 100),
  renames     integer not null default 0,
  -- What product_subcategory refers to.
  unique (id, category_id)
);
create unique index subcategory_name on subcategory (category_id, lower(name));

-- One uploaded or drawn picture; its renditions are rows of media, named <hash>-<view>.<type>.
create table picture (
  hash       text primary key check (hash ~ '^[0-9a-f]{32}$'),
  created_at timestamptz not null default now()
);

create table media (
  name    text primary key,
  picture text not null references picture on delete cascade,
  type    text not null,
  bytes   bytea not null
);
create index media_picture on media (picture);
-- Pictures are compressed already.
alter table media alter column bytes set storage external;

create table product (
  id             integer generated always as identity,
  name           text not null check (length(name) between 1 and 200),
  slug           text collate "C" not null constraint product_slug unique,
  description    text not null default '' check (length(description) <= 10000),
  price          numeric(12,2) not null check (price >= 0),
  image          text references media (name),
  picture        text generated always as (split_part(image, '-', 1)) stored references picture,
  stock_count    integer not null default 0 check (stock_count >= 0),
  -- Moves its indexes only when the last one is sold or the first one comes.
  in_stock       boolean generated always as (stock_count > 0) stored,
  rank           numeric(2,1) not null default 0 check (rank between 0 and 5),
  rating_count   integer not null default 0 check (rating_count >= 0),
  -- Of the last rating.changed that was applied.
  rating_version bigint not null default 0,
  barcode        text not null default '',
  user_id        uuid not null,
  version        integer not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  -- Counting within a category reads these here, and not the wide rows.
  constraint product_pkey primary key (id) include (price, rank, in_stock)
);
create index product_sold_out on product (id) where not in_stock;
create index product_image on product (image) where image is not null;
create index product_picture on product (picture) where picture is not null;

-- Two indexes an ordering: ties ascend by id whatever the direction.
create index product_price on product (price, id);
create index product_price_down on product (price desc, id);
create index product_name on product ((lower(name) collate "C"), id);
create index product_name_down on product ((lower(name) collate "C") desc, id);
create index product_created on product (created_at, id);
create index product_created_down on product (created_at desc, id);
create index product_rank on product (rank, id);
create index product_rank_down on product (rank desc, id);

-- Slugs that products had under former names; they still lead there.
create table product_former_slug (
  slug       text collate "C" primary key,
  product_id integer not null references product on delete cascade
);
create index product_former_slug_product on product_former_slug (product_id);

-- Apart from product, because they change all the time: an update here rewrites a narrow row, moves
-- none of product's indexes, and makes no cached answer old.
create table product_count (
  product_id  integer primary key references product on delete cascade,
  popularity  bigint not null default 0 check (popularity >= 0),
  sales_count bigint not null default 0 check (sales_count >= 0)
) with (fillfactor = 80);
create index product_popularity on product_count (popularity, product_id);
create index product_popularity_down on product_count (popularity desc, product_id);
create index product_sales on product_count (sales_count, product_id);
create index product_sales_down on product_count (sales_count desc, product_id);

create table product_category (
  product_id  integer not null references product on delete cascade,
  category_id integer not null references category,
  primary key (product_id, category_id)
);
create index product_category_category on product_category (category_id, product_id);

-- A subcategory only together with its category: losing that one loses this one.
create table product_subcategory (
  product_id     integer not null,
  subcategory_id integer not null,
  category_id    integer not null,
  primary key (product_id, subcategory_id),
  foreign key (product_id, category_id) references product_category on delete cascade,
  foreign key (subcategory_id, category_id) references subcategory (id, category_id)
);
create index product_subcategory_subcategory on product_subcategory (subcategory_id, product_id);
create index product_subcategory_category on product_subcategory (product_id, category_id);

-- The smallest free slug for a name: base, base-2, base-3 …; other transactions that look for one
-- of the same base wait until this one has ended. `own` may have back what it had before.
create function product_free_slug(base text, own integer) returns text language plpgsql as
$$
declare free text;
begin
  -- chair-2 is also the second chair.
  perform pg_advisory_xact_lock(hashtext('product-slug ' || regexp_replace(base, '(-[0-9]+)+$', '')));
  select candidate into free
  from (
    select n, case when n = 1 then base else base || '-' || n end as candidate
    from generate_series(1, 2 + (
      select count(*) from (
        select slug from product where slug like base || '%'
        union all
        select slug from product_former_slug where slug like base || '%') as near)) as n
  ) as numbered
  where not exists (select from product where slug = candidate and id is distinct from own)
    and not exists (
      select from product_former_slug where slug = candidate and product_id is distinct from own)
  order by n limit 1;
  return free;
end
$$;
