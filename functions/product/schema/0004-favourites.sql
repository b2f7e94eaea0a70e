-- The words of the products that are looked at most. A search for what very many have is answered from
-- them: reading all that fit would take longer with every product more.
create table product_favourite (
  product_id integer primary key references product on delete cascade,
  -- As at the last sweep, so that pages of one search do not shift in between.
  popularity bigint not null,
  document   tsvector not null
);
create index product_favourite_document on product_favourite using gin (document);

create function product_favourite_edited() returns trigger language plpgsql as
$$
begin
  update product_favourite set document = new.document where product_id = new.id;
  return null;
end
$$;
create trigger product_favourite_edited after update on product
  for each row when (old.document is distinct from new.document)
  execute function product_favourite_edited();
