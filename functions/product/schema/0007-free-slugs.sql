-- Whether the n-th slug for a name is somebody else's, now or before.
create function product_slug_taken(base text, n integer, own integer) returns boolean language plpgsql as
$$
declare candidate text := case when n = 1 then base else base || '-' || n end;
begin
  return exists (select from product where slug = candidate and id is distinct from own)
    or exists (
      select from product_former_slug where slug = candidate and product_id is distinct from own);
end
$$;

-- As before, but of many by a few looks at the index, where all products were read, and then one
-- candidate after the other: the smallest of the first eight, else one that follows a taken one.
create or replace function product_free_slug(base text, own integer) returns text language plpgsql as
$$
declare
  taken integer := 0;
  free integer := 1;
  middle integer;
begin
  -- chair-2 is also the second chair.
  perform pg_advisory_xact_lock(hashtext('product-slug ' || regexp_replace(base, '(-[0-9]+)+$', '')));
  while product_slug_taken(base, free, own) loop
    taken := free;
    free := case when free < 8 then free + 1 else free * 2 end;
  end loop;
  while free - taken > 1 loop
    middle := (taken + free) / 2;
    if product_slug_taken(base, middle, own) then taken := middle; else free := middle; end if;
  end loop;
  return case when free = 1 then base else base || '-' || free end;
end
$$;
