-- Every product as clients see it, in JSON, ready to be read: to put a page of 20 together took four
-- fifths of the time that PostgreSQL needed for it. The counters are not in it, as they change all the
-- time; they stand between head and tail.
create table product_shown (
  product_id integer primary key references product on delete cascade,
  -- All three are null, or as the product is now. Null: many were changed at once, and the service
  -- puts these together by and by; until then that is done where they are read.
  head       text,
  tail       text,
  etag       text,
  check (num_nulls(head, tail, etag) in (0, 3))
);
create index product_shown_missing on product_shown (product_id) where head is null;

-- The three for each of these products. The tag: id and version, and how often names that the product
-- shows were changed, if ever.
create function product_texts(ids integer[])
returns table (product_id integer, head text, tail text, etag text) language sql stable as
$$
  select p.id,
    '{"id":' || p.id || ',"name":' || to_json(p.name) || ',"slug":' || to_json(p.slug)
    || ',"description":' || to_json(p.description) || ',"price":"' || p.price
    || '","image":' || coalesce(to_json('/api/v1/media/' || p.image)::text, 'null')
    || ',"stock_count":' || p.stock_count || ',"popularity":',
    ',"rank":' || p.rank || ',"rating_count":' || p.rating_count
    || ',"barcode":' || to_json(p.barcode) || ',"user_id":"' || p.user_id
    || '","categories":' || c.names || ',"subcategories":' || s.names
    || ',"created_at":"' || to_char(p.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    || '","updated_at":"' || to_char(p.updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    || '"}',
    '"' || p.id || '-' || p.version || coalesce('-' || nullif(c.renames + s.renames, 0), '') || '"'
  from product p
  cross join lateral (
    select coalesce(sum(it.renames), 0) as renames, '[' || coalesce(string_agg(
      '{"id":' || it.id || ',"name":' || to_json(it.name) || '}', ',' order by it.id), '') || ']' as names
    from product_category l join category it on it.id = l.category_id
    where l.product_id = p.id) as c
  cross join lateral (
    select coalesce(sum(it.renames), 0) as renames, '[' || coalesce(string_agg(
      '{"id":' || it.id || ',"name":' || to_json(it.name) || '}', ',' order by it.id), '') || ']' as names
    from product_subcategory l join subcategory it on it.id = l.subcategory_id
    where l.product_id = p.id) as s
  where p.id = any (ids)
$$;

-- The same where they are missing, in one text with the counters; and the tag.
create function product_text(id integer, popularity bigint, sales_count bigint)
returns text language sql stable as
$$ select head || popularity || ',"sales_count":' || sales_count || tail from product_texts(array[id]) $$;
create function product_etag(id integer) returns text language sql stable as
$$ select etag from product_texts(array[id]) $$;

-- After a change of these products. Of many it would take longer than whoever changed them may wait.
create function product_show(ids integer[]) returns void language plpgsql as
$$
begin
  if cardinality(ids) <= 50 then
    insert into product_shown as s (product_id, head, tail, etag)
    select t.product_id, t.head, t.tail, t.etag from product_texts(ids) as t
    on conflict (product_id)
      do update set head = excluded.head, tail = excluded.tail, etag = excluded.etag;
  else
    insert into product_shown as s (product_id)
    select id from product where id = any (ids)
    on conflict (product_id) do update set head = null, tail = null, etag = null
      where s.head is not null;
  end if;
end
$$;

-- Each of these fires after the one that touches the tag `products`, by its name: writers of the
-- catalogue stand in line there, and so this sees what those before have committed.
create function product_shown_anew() returns trigger language plpgsql as
$$ begin perform product_show(array(select id from changed)); return null; end $$;
create trigger product_shown_added after insert on product
  referencing new table as changed for each statement execute function product_shown_anew();
create trigger product_shown_changed after update on product
  referencing new table as changed for each statement execute function product_shown_anew();

create function product_links_shown_anew() returns trigger language plpgsql as
$$ begin perform product_show(array(select distinct product_id from changed)); return null; end $$;
create trigger product_category_shown_added after insert on product_category
  referencing new table as changed for each statement execute function product_links_shown_anew();
create trigger product_category_shown_removed after delete on product_category
  referencing old table as changed for each statement execute function product_links_shown_anew();
create trigger product_subcategory_shown_added after insert on product_subcategory
  referencing new table as changed for each statement execute function product_links_shown_anew();
create trigger product_subcategory_shown_removed after delete on product_subcategory
  referencing old table as changed for each statement execute function product_links_shown_anew();

-- For both tables of names.
create function renamed_shown_anew() returns trigger language plpgsql as
$$
declare renamed integer[] := array(
  select n.id from before_change as o join after_change as n using (id) where o.name <> n.name);
begin
  perform product_show(array(
    select product_id from product_category
    where tg_table_name = 'category' and category_id = any (renamed)
    union all
    select product_id from product_subcategory
    where tg_table_name = 'subcategory' and subcategory_id = any (renamed)));
  return null;
end
$$;
create trigger category_shown after update on category
  referencing old table as before_change new table as after_change
  for each statement execute function renamed_shown_anew();
create trigger subcategory_shown after update on subcategory
  referencing old table as before_change new table as after_change
  for each statement execute function renamed_shown_anew();

-- A deletion takes rows of product_shown with it; it too has to stand in line before.
create function product_removing() returns trigger language plpgsql as
$$ begin perform souk_touch(array['products']); return null; end $$;
create trigger product_removing before delete on product
  for each statement execute function product_removing();

-- What was there before.
insert into product_shown (product_id) select id from product;
