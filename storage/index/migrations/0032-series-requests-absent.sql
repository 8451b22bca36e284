-- no transaction
drop index concurrently if exists series_request_identifiers;
