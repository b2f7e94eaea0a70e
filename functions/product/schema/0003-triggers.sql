-- What follows from a change, whoever makes it: versions, tags of cached answers, totals, words.
-- Every function below touches the tag `products` before anything else it shares with others:
-- that makes writers of the catalogue stand in one line, where they cannot lock each other out.

-- Rows matched by no filter, or by one category or subcategory alone; counting them would read them all.
create table product_total (
  kind  text not null check (kind in ('all', 'band', 'category', 'subcategory')),
  id    integer not null,
  count bigint not null,
  primary key (kind, id)
);

create function product_total_add(of_kind text, ids integer[], sign integer)
returns void language sql volatile as
$$
  insert into product_total as t (kind, id, count)
  select of_kind, id, sign * count(*) from unnest(ids) as id group by id order by id
  on conflict (kind, id) do update set count = t.count + excluded.count
$$;

-- Number of the price band: 0 is under 10, 1 under 25, … 7 is 1000 and more.
create function product_band(price numeric) returns integer language sql immutable strict parallel safe as
$$ select width_bucket(price, array[10, 25, 50, 100, 250, 500, 1000]::numeric[]) $$;

-- Tags of everything that shows these products.
create function product_touch(ids integer[]) returns void language sql volatile as
$$
  select souk_touch(array(
    select 'product:' || id from unnest(ids) as id
    union all select 'slug:' || slug from product where id = any (ids)
    union all select 'slug:' || slug from product_former_slug where product_id = any (ids)
    union all select 'category:' || category_id from product_category where product_id = any (ids)
    union all select 'subcategory:' || subcategory_id from product_subcategory where product_id = any (ids)))
$$;

create function product_step() returns trigger language plpgsql as
$$
declare
  edited boolean := (new.name, new.slug, new.description, new.price, new.image, new.stock_count,
      new.barcode, new.user_id, new.created_at)
    is distinct from (old.name, old.slug, old.description, old.price, old.image, old.stock_count,
      old.barcode, old.user_id, old.created_at);
begin
  if edited or new.version <> old.version
    or (new.rank, new.rating_count) is distinct from (old.rank, old.rating_count) then
    new.version := old.version + 1;
  elsif new.rating_version = old.rating_version then
    -- Nothing changes, so nothing is written.
    return null;
  end if;
  if edited then new.updated_at := now(); end if;
  return new;
end
$$;
create trigger product_step before update on product
  for each row execute function product_step();

create function product_added() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array['products']);
  perform product_total_add('all', array(select 0 from added), 1);
  perform product_total_add('band', array(select product_band(price) from added), 1);
  perform search_learn(array(select name || ' ' || description from added));
  return null;
end
$$;
create trigger product_added after insert on product
  referencing new table as added for each statement execute function product_added();

create function product_changed() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array['products']);
  -- A former slug leads on; a slug that was taken back is no former one any more.
  delete from product_former_slug as f using after_change as n where f.slug = n.slug;
  insert into product_former_slug (slug, product_id)
  select o.slug, o.id from before_change as o join after_change as n using (id)
  where o.slug <> n.slug;
  perform product_touch(array(select id from after_change));
  perform product_total_add('band', array(
    select product_band(o.price) from before_change as o join after_change as n using (id)
    where product_band(o.price) <> product_band(n.price)), -1);
  perform product_total_add('band', array(
    select product_band(n.price) from before_change as o join after_change as n using (id)
    where product_band(o.price) <> product_band(n.price)), 1);
  perform search_learn(array(
    select n.name || ' ' || n.description from before_change as o join after_change as n using (id)
    where (o.name, o.description) <> (n.name, n.description)));
  return null;
end
$$;
create trigger product_changed after update on product
  referencing old table as before_change new table as after_change
  for each statement execute function product_changed();

create function product_removed() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array['products']);
  perform souk_touch(array(
    select 'product:' || id from removed union all select 'slug:' || slug from removed));
  perform product_total_add('all', array(select 0 from removed), -1);
  perform product_total_add('band', array(select product_band(price) from removed), -1);
  return null;
end
$$;
create trigger product_removed after delete on product
  referencing old table as removed for each statement execute function product_removed();

create function product_former_slug_removed() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array(select 'slug:' || slug from removed));
  return null;
end
$$;
create trigger product_former_slug_removed after delete on product_former_slug
  referencing old table as removed for each statement execute function product_former_slug_removed();

-- Links to categories and subcategories: one function for both tables, told which by its arguments.
-- One step of the version for all that a transaction does: a row it wrote itself has had its step.
create function product_linked() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array['products']);
  perform souk_touch(array(select distinct tg_argv[0] || ':' || (to_jsonb(l) ->> tg_argv[1]) from links as l));
  perform product_total_add(tg_argv[0],
    array(select (to_jsonb(l) ->> tg_argv[1])::integer from links as l), tg_argv[2]::integer);
  update product set version = version + 1
  where id in (select product_id from links) and xmin <> pg_current_xact_id()::xid;
  return null;
end
$$;
create trigger product_category_added after insert on product_category
  referencing new table as links
  for each statement execute function product_linked('category', 'category_id', '1');
create trigger product_category_removed after delete on product_category
  referencing old table as links
  for each statement execute function product_linked('category', 'category_id', '-1');
create trigger product_subcategory_added after insert on product_subcategory
  referencing new table as links
  for each statement execute function product_linked('subcategory', 'subcategory_id', '1');
create trigger product_subcategory_removed after delete on product_subcategory
  referencing old table as links
  for each statement execute function product_linked('subcategory', 'subcategory_id', '-1');

-- A new name shows in every product of the category, so it counts into their ETags.
create function category_renamed() returns trigger language plpgsql as
$$
begin
  new.renames := old.renames + (new.name is distinct from old.name)::integer;
  return new;
end
$$;
create trigger category_renamed before update on category
  for each row execute function category_renamed();
create trigger subcategory_renamed before update on subcategory
  for each row execute function category_renamed();

create function categories_changed() returns trigger language plpgsql as
$$
begin
  perform souk_touch(array['products']);
  perform souk_touch(array['categories']);
  return null;
end
$$;
create trigger category_changed after insert or update or delete on category
  for each statement execute function categories_changed();
create trigger subcategory_changed after insert or update or delete on subcategory
  for each statement execute function categories_changed();
