-- no transaction
create index concurrently series_request_identifiers on series using gin (request_identifiers(json));
