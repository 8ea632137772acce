-- 0002: what `serve` keeps beside the ledger: catalog, keys and tokens as entries, their change log, refused records.
--
-- Why       A replica has no folder of its own to keep them in. As on SQLite an entry is one JSON document, for the rules
--           between entries are decided in core, upon a version that the commit checks. What may never happen whoever
--           writes, the tables refuse themselves, by triggers: this is no part of the way that records go.
-- Breaking  No.
-- Text      `json` keeps a document as it was written and, unlike `jsonb`, takes NUL and lone surrogates as escapes. So
--           documents are compared by `->`; `->>` fails on those. Other text is escaped by stored-text.ts.
-- Citus     All of these are small and stay local to the coordinator.
-- Undo      Drop these tables, the sequence and the function, and take version 2 out of schema_version.

-- One row. A change locks it, without waiting, for as long as it takes to write.
create table control_version (
  only_row boolean primary key default true check (only_row),
  version integer not null
);

insert into control_version (version) values (0);

create table entry (
  kind text collate "C" not null,
  key text collate "C" not null,
  version integer not null,        -- of the change that wrote it last
  body json not null,
  primary key (kind, key)
);

create unique index entry_by_version on entry (version, kind, key);

create unique index agreement_by_license on entry (((body -> 'licenseArn')::text))
  where kind = 'agreement';

create table change (
  version integer primary key,
  stamp uuid not null default gen_random_uuid(), -- tells this change from one of the same number in another history
  at_ms bigint not null,
  actor text not null,
  summary text not null,
  what json not null
);

-- Facts about the ledger as a whole, one a name.
create table ledger_fact (
  name text primary key,
  value text not null
);

create sequence refusal_position;

-- `identity` is a hash of what makes two refusals the same thing happening again.
create table refusal (
  seller text collate "C" not null,
  identity uuid not null,
  position bigint not null,        -- in order of first appearance
  code text not null,
  product text not null,
  first_at_ms bigint not null,
  last_at_ms bigint not null,
  count integer not null,
  body json not null,
  primary key (seller, identity)
);

create unique index refusal_in_order on refusal (position);
create index refusal_by_seller on refusal (seller, position);
create index refusal_by_age on refusal (seller, last_at_ms, position);

create function refuse_by_rule() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation';
end $$;

create trigger change_is_append_only before update or delete or truncate on change
  execute function refuse_by_rule('the change log is append-only');

create trigger entry_is_kept before delete or truncate on entry
  execute function refuse_by_rule('entries are retired, never deleted');

create trigger customer_identifier_is_fixed before update on entry for each row
  when (old.kind = 'customerIdentifier' and (old.body -> 'buyer')::text <> (new.body -> 'buyer')::text)
  execute function refuse_by_rule('a customer identifier belongs to one buyer for ever');

create trigger agreement_is_fixed before update on entry for each row
  when (old.kind = 'agreement' and (
    (old.body -> 'licenseArn')::text <> (new.body -> 'licenseArn')::text
    or (old.body -> 'product')::text <> (new.body -> 'product')::text
    or (old.body -> 'buyer')::text <> (new.body -> 'buyer')::text))
  execute function refuse_by_rule('an agreement keeps its license, product and buyer for ever');

create trigger product_is_fixed before update on entry for each row
  when (old.kind = 'product' and (old.body -> 'seller')::text <> (new.body -> 'seller')::text)
  execute function refuse_by_rule('a product belongs to one seller for ever');

create trigger purpose_is_fixed before update on entry for each row
  when (old.kind = 'purpose' and (old.body -> 'purpose')::text <> (new.body -> 'purpose')::text)
  execute function refuse_by_rule('a ledger is a demo or not for ever');
