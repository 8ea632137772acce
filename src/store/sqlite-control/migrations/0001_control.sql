-- 0001: entries by kind and key, the log of their changes, and refused records.
--
-- Why       An entry is kept as one JSON document: the rules that hold between entries are decided in core,
--           upon a version that the commit checks, so a column a member would repeat them and not enforce them.
--           The views give the documents names and columns for whoever opens the file by hand.
-- Breaking  No. This is the first.
-- Cost      None.
-- Undo      None needed.

create table entry (
  kind text not null,
  key text not null,
  version integer not null,
  body text not null check (json_valid(body)),
  primary key (kind, key)
) strict, without rowid;

create index entry_by_version on entry (version);

-- The newest version is the store's version.
create table change (
  version integer primary key,
  at_ms integer not null,
  actor text not null,
  summary text not null,
  what text not null check (json_valid(what))
) strict;

create trigger change_is_append_only before update on change
begin
  select raise(abort, 'the change log is append-only');
end;

create trigger change_is_kept before delete on change
begin
  select raise(abort, 'the change log is append-only');
end;

create trigger entry_is_kept before delete on entry
begin
  select raise(abort, 'entries are retired, never deleted');
end;

create trigger customer_identifier_is_fixed before update on entry
when old.kind = 'customerIdentifier' and old.body ->> 'buyer' <> new.body ->> 'buyer'
begin
  select raise(abort, 'a customer identifier belongs to one buyer for ever');
end;

create trigger agreement_is_fixed before update on entry
when old.kind = 'agreement' and (
  old.body ->> 'licenseArn' <> new.body ->> 'licenseArn'
  or old.body ->> 'product' <> new.body ->> 'product'
  or old.body ->> 'buyer' <> new.body ->> 'buyer'
)
begin
  select raise(abort, 'an agreement keeps its license, product and buyer for ever');
end;

create trigger product_is_fixed before update on entry
when old.kind = 'product' and old.body ->> 'seller' <> new.body ->> 'seller'
begin
  select raise(abort, 'a product belongs to one seller for ever');
end;

create unique index agreement_by_license on entry (body ->> 'licenseArn') where kind = 'agreement';

create view seller as
  select key as account, body ->> 'name' as name, body ->> 'retired' as retired
  from entry where kind = 'seller';

create view product as
  select key as code, body ->> 'seller' as seller, body ->> 'name' as name, body ->> 'retired' as retired
  from entry where kind = 'product';

create view agreement as
  select key as id, body ->> 'licenseArn' as license_arn, body ->> 'product' as product,
    body ->> 'buyer' as buyer, body ->> 'status' as status,
    body ->> 'startMs' as start_ms, body ->> 'endMs' as end_ms
  from entry where kind = 'agreement';

-- `identity` is a hash of what makes two refusals the same thing happening again. Text that a stranger sent
-- is kept as JSON text, which escapes NUL and lone surrogates.
create table refusal (
  position integer primary key autoincrement,
  seller text not null,
  identity blob not null,
  code text not null,
  product_json text not null,
  first_at_ms integer not null,
  last_at_ms integer not null,
  count integer not null,
  body text not null
) strict;

create unique index refusal_by_identity on refusal (seller, identity);
-- With the position that every index ends in: a seller's refusals in the order in which they are shown.
create index refusal_by_seller on refusal (seller);
create index refusal_by_age on refusal (seller, last_at_ms);
