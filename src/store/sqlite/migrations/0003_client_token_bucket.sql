-- 0003: client tokens know their bucket.
--
-- Why       A copy to PostgreSQL takes tokens along, and keeps each in the bucket of its record. The hash of a name does not
--           tell it.
-- Breaking  No. An older Marketmeter refuses the file all the same.
-- Cost      No row is rewritten. Those that were there have none: they are over within the window and an hour, and a copy
--           until then takes each into every bucket, of which only its own is ever looked into.
-- Undo      alter table client_token drop column bucket; pragma user_version = 2

alter table client_token add column bucket integer;
