-- 0002: the client tokens of MeterUsage.
--
-- Why       A token is noted in the transaction of its record, so that the same request is known when it is sent again, and
--           another under the same token is refused. Both are hashes: see client-token.ts.
-- Breaking  No. An older Marketmeter refuses the file all the same, because it would not look at tokens.
-- Kept      Until the instant in the row, by the clock of the calls; rows go as new ones come.
-- Undo      drop table client_token; pragma user_version = 1

create table client_token (
  name blob primary key,
  parameters blob not null,
  kept_until_ms integer not null
) strict, without rowid;

create index client_token_by_end on client_token (kept_until_ms);
