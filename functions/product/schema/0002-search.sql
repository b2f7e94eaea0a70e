-- Search by words, stemmed, without accents, and forgiving: a word that the shop does not have is
-- read as the nearest one it has.

create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists fuzzystrmatch;

-- English stems, but no stop words: they are left out of queries, so that one of nothing else still works.
create text search dictionary souk_stem (template = snowball, language = english);
create text search configuration souk (parser = default);
alter text search configuration souk
  add mapping for asciiword, word, numword, int, uint, float, sfloat, version with souk_stem;

-- Text as words with single blanks between. Declared immutable, which unaccent is as long as its
-- rules stay those that came with the server.
create function search_fold(input text) returns text language sql immutable strict parallel safe as
$$
  select btrim(regexp_replace(
    lower(public.unaccent('public.unaccent', input)), '[^[:alnum:]]+', ' ', 'g'))
$$;

create function search_document(name text, description text) returns tsvector
language sql immutable strict parallel safe as
$$
  select setweight(to_tsvector('public.souk', public.search_fold(name)), 'A')
      || setweight(to_tsvector('public.souk', public.search_fold(description)), 'B')
$$;

alter table product add column document tsvector
  generated always as (search_document(name, description)) stored;
create index product_document on product using gin (document);

-- Every word of every product, in its stem and as written. Words only come; a sweep takes those
-- that no product has any more.
create table product_word (
  word text collate "C" primary key,
  stem text collate "C" not null
);
create index product_word_stem on product_word (stem);
create index product_word_trigram on product_word using gin (word gin_trgm_ops);

create function search_stem(word text) returns text language sql stable strict parallel safe as
$$ select coalesce((ts_lexize('public.souk_stem', word))[1], word) $$;

-- Adds words of these texts. In order, so that two who add the same words do not lock each other out.
create function search_learn(texts text[]) returns void language sql volatile as
$$
  insert into product_word (word, stem)
  select word, search_stem(word)
  from (
    select distinct word collate "C" as word
    from unnest(texts) as t, string_to_table(search_fold(t), ' ') as word
  ) as found
  where length(word) between 3 and 40 and word !~ '[0-9]'
    and not exists (select from product_word as known where known.word = found.word)
  order by word
  on conflict do nothing
$$;

-- Stems that a word which no product has may have meant: words that begin with it, else those
-- fewest keystrokes away (a swap of neighbours is one). Null when nothing is near.
create function search_nearest(wrong text) returns text[] language plpgsql stable
set pg_trgm.similarity_threshold = 0.2 as
$$
declare
  far integer := case when length(wrong) < 5 then 1 when length(wrong) < 8 then 2 else 3 end;
  stems text[];
begin
  select array_agg(distinct stem) into stems from (
    select stem from product_word
    where word like wrong || '%' order by length(word), word limit 10) as longer;
  if stems is not null then return stems; end if;

  select array_agg(distinct stem) into stems from (
    select stem, rank() over (order by distance) as place from (
      select stem, levenshtein_less_equal(word, wrong, far) as distance
      from product_word where word % wrong and abs(length(word) - length(wrong)) <= far
      union all
      select stem, 1 from generate_series(1, length(wrong) - 1) as i
      join product_word on word = overlay(wrong placing reverse(substr(wrong, i, 2)) from i for 2)
    ) as candidate where distance <= far
  ) as ranked where place = 1;
  return stems;
end
$$;

-- What a customer typed, as a query over product.document: all words, each in any form or nearest
-- spelling. Null when it has no word.
create function search_query(input text) returns tsquery language plpgsql stable as
$$
declare
  words text[] := (select array_agg(word order by at) from (
    select word, min(at) as at
    from string_to_table(search_fold(input), ' ') with ordinality as t(word, at)
    where word <> '' group by word order by min(at) limit 10) as first);
  telling text[] := (select array_agg(word) from unnest(words) as word
    where ts_lexize('english_stem', word) is distinct from '{}');
  part text;
  own text;
  meant text[];
  terms text[];
begin
  foreach part in array coalesce(telling, words, '{}') loop
    own := search_stem(part);
    meant := array[own];
    if length(part) between 3 and 40 and part !~ '[0-9]'
      and not exists (select from product_word where stem = own) then
      meant := coalesce(search_nearest(part), meant);
    end if;
    terms := terms || (
      select '(' || string_agg(quote_literal(term), ' | ') || ')' from unnest(meant) as term);
  end loop;
  return array_to_string(terms, ' & ')::tsquery;
end
$$;
