-- Links know the price: what of a category lies within a price range is found and counted in one index.
-- Otherwise every product of the shop would be read beside the category.
alter table product_category add column price numeric(12,2);
alter table product_subcategory add column price numeric(12,2);
update product_category l set price = p.price from product p where p.id = l.product_id;
update product_subcategory l set price = p.price from product p where p.id = l.product_id;
alter table product_category alter column price set not null;
alter table product_subcategory alter column price set not null;

drop index product_category_category;
drop index product_subcategory_subcategory;
create index product_category_category on product_category (category_id, product_id) include (price);
create index product_subcategory_subcategory
  on product_subcategory (subcategory_id, product_id) include (price);

create function product_link_priced() returns trigger language plpgsql as
$$
begin
  -- A product that is not there is for the foreign key to refuse.
  new.price := coalesce((select price from product where id = new.product_id), 0);
  return new;
end
$$;
create trigger product_category_priced before insert on product_category
  for each row execute function product_link_priced();
create trigger product_subcategory_priced before insert on product_subcategory
  for each row execute function product_link_priced();

-- Fires after product_category_added, by its name, and so when whoever changed prices meanwhile has
-- committed: that one did not see these links.
create function product_category_repriced() returns trigger language plpgsql as
$$
begin
  update product_category l set price = p.price
  from links as it, product p
  where l.product_id = it.product_id and l.category_id = it.category_id
    and p.id = l.product_id and p.price <> l.price;
  return null;
end
$$;
create trigger product_category_repriced after insert on product_category
  referencing new table as links for each statement execute function product_category_repriced();

create function product_subcategory_repriced() returns trigger language plpgsql as
$$
begin
  update product_subcategory l set price = p.price
  from links as it, product p
  where l.product_id = it.product_id and l.subcategory_id = it.subcategory_id
    and p.id = l.product_id and p.price <> l.price;
  return null;
end
$$;
create trigger product_subcategory_repriced after insert on product_subcategory
  referencing new table as links for each statement execute function product_subcategory_repriced();

-- Fires after product_changed, where writers of the catalogue have come to stand in line.
create function product_repriced() returns trigger language plpgsql as
$$
begin
  update product_category l set price = n.price
  from before_change as o join after_change as n using (id)
  where l.product_id = n.id and n.price <> o.price;
  update product_subcategory l set price = n.price
  from before_change as o join after_change as n using (id)
  where l.product_id = n.id and n.price <> o.price;
  return null;
end
$$;
create trigger product_repriced after update on product
  referencing old table as before_change new table as after_change
  for each statement execute function product_repriced();
