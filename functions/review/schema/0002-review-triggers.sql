-- Statement triggers: one change of the aggregate, one event and one touch per product, be it one
-- review or a million. Whoever writes a review, the rest follows in the same transaction.

-- Tells the product service the whole aggregate. A later event replaces those still waiting; one
-- that is on its way arrives, and the greater version wins there.
create function rating_tell() returns trigger language plpgsql as $$
begin
  delete from souk_outbox where id in (
    select id from souk_outbox
    where topic = 'rating.changed' and key in (select product_id::text from changed)
    for update skip locked);
  insert into souk_outbox (topic, target, key, payload)
  select 'rating.changed', 'product', product_id::text,
    json_build_object('product_id', product_id, 'mean', rating_mean(sum, count),
      'count', count, 'version', version)
  from changed;
  perform souk_touch(array_agg('reviews:' || product_id)) from changed having count(*) > 0;
  return null;
end $$;
create index review_rating_waiting on souk_outbox (key) where topic = 'rating.changed';

create trigger rating_added after insert on rating
  referencing new table as changed for each statement execute function rating_tell();
create trigger rating_changed after update on rating
  referencing new table as changed for each statement execute function rating_tell();

create function review_added() returns trigger language plpgsql as $$
begin
  insert into rating as r (product_id, count, sum, stars1, stars2, stars3, stars4, stars5)
  select product_id, count(*), sum(rating),
    count(*) filter (where rating = 1), count(*) filter (where rating = 2),
    count(*) filter (where rating = 3), count(*) filter (where rating = 4),
    count(*) filter (where rating = 5)
  from added where hidden_at is null group by product_id order by product_id
  on conflict (product_id) do update set
    count = r.count + excluded.count, sum = r.sum + excluded.sum,
    stars1 = r.stars1 + excluded.stars1, stars2 = r.stars2 + excluded.stars2,
    stars3 = r.stars3 + excluded.stars3, stars4 = r.stars4 + excluded.stars4,
    stars5 = r.stars5 + excluded.stars5, version = r.version + 1;
  return null;
end $$;
create trigger review_added after insert on review
  referencing new table as added for each statement execute function review_added();

-- Adds (`signs` 1) and takes away (-1) ratings of products that have a row already.
create function rating_move(products integer[], ratings smallint[], signs integer[]) returns void
language sql as $$
  update rating r set
    count = r.count + d.count, sum = r.sum + d.sum,
    stars1 = r.stars1 + d.stars1, stars2 = r.stars2 + d.stars2, stars3 = r.stars3 + d.stars3,
    stars4 = r.stars4 + d.stars4, stars5 = r.stars5 + d.stars5, version = r.version + 1
  from (
    select product_id, sum(sign) as count, sum(sign * rating) as sum,
      coalesce(sum(sign) filter (where rating = 1), 0) as stars1,
      coalesce(sum(sign) filter (where rating = 2), 0) as stars2,
      coalesce(sum(sign) filter (where rating = 3), 0) as stars3,
      coalesce(sum(sign) filter (where rating = 4), 0) as stars4,
      coalesce(sum(sign) filter (where rating = 5), 0) as stars5
    from unnest(products, ratings, signs) as part (product_id, rating, sign)
    group by product_id
  ) d
  where r.product_id = d.product_id
    and (d.stars1, d.stars2, d.stars3, d.stars4, d.stars5) <> (0, 0, 0, 0, 0)
$$;

create function review_changed() returns trigger language plpgsql as $$
begin
  perform rating_move(array_agg(product_id), array_agg(rating), array_agg(sign))
  from (
    select product_id, rating, -1 as sign from removed where hidden_at is null
    union all
    select product_id, rating, 1 from added where hidden_at is null
  ) part having count(*) > 0;
  perform souk_touch(array_agg('review:' || id) || array_agg('reviews:' || product_id))
  from added having count(*) > 0;
  return null;
end $$;
create trigger review_changed after update on review
  referencing old table as removed new table as added
  for each statement execute function review_changed();

create function review_removed() returns trigger language plpgsql as $$
begin
  perform rating_move(array_agg(product_id), array_agg(rating), array_agg(-1))
  from removed where hidden_at is null having count(*) > 0;
  perform souk_touch(array_agg('review:' || id)) from removed having count(*) > 0;
  return null;
end $$;
create trigger review_removed after delete on review
  referencing old table as removed for each statement execute function review_removed();

-- A review tells whether its product is still there. Products go seldom, so one tag serves all.
create function known_product_gone() returns trigger language plpgsql as $$
begin
  perform souk_touch(array['known-products']) from gone where deleted having count(*) > 0;
  return null;
end $$;
create trigger known_product_added after insert on known_product
  referencing new table as gone for each statement execute function known_product_gone();
create trigger known_product_changed after update on known_product
  referencing new table as gone for each statement execute function known_product_gone();
