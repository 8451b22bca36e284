-- Matching of attributes that have no column of their own, and of those inside sequences, by the DICOM JSON that each row already keeps.

-- The data set that such a text holds; null where it names half a surrogate pair or U+0000, which jsonb refuses.
create function dataset_of(document text) returns jsonb
language sql immutable parallel safe
return case when document ~ '\\u(0000|[dD][89a-fA-F])' then null else document::jsonb end;

-- The values of an attribute as texts; a person name as `Alphabetic=Ideographic=Phonetic` without empty groups at its end. Items of sequences are none.
create function values_of(dataset jsonb, tag text) returns text[]
language sql immutable parallel safe
return (
  select coalesce(array_agg(
    case jsonb_typeof(v)
      when 'object' then rtrim(concat_ws('=', coalesce(v ->> 'Alphabetic', ''), coalesce(v ->> 'Ideographic', ''), coalesce(v ->> 'Phonetic', '')), '=')
      else v #>> '{}'
    end), '{}')
  from jsonb_array_elements(dataset -> tag -> 'Value') v
  where jsonb_typeof(v) <> 'null' and dataset -> tag ->> 'vr' <> 'SQ'
);

-- The moment that a DT value begins with, what it leaves out filled from below; null when it is none. With a zone it is of UTC, by the value's own offset
-- or else the zone; without one it is what the clock on the wall showed.
create function instant_of(dt text, zone text) returns timestamp
language sql immutable parallel safe
return (
  select make_date(m[1]::int, coalesce(m[2], '01')::int, 1) + make_interval(
    days => coalesce(m[3], '01')::int - 1, hours => coalesce(m[4], '00')::int, mins => coalesce(m[5], '00')::int,
    secs => coalesce(m[6] || coalesce(m[7], ''), '0')::double precision)
    - case when zone is null then interval '0'
      else make_interval(
        hours => substring(coalesce(m[8], zone) from 1 for 3)::int,
        mins => (substring(coalesce(m[8], zone) from 1 for 1) || substring(coalesce(m[8], zone) from 4 for 2))::int) end
  from regexp_match(dt, '^([1-9]\d{3})(?:(0[1-9]|1[0-2])(?:(0[1-9]|[12]\d|3[01])(?:([01]\d|2[0-3])(?:([0-5]\d)(?:([0-5]\d|60)(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$') m
);

-- By which requests was a series made? ScheduledProcedureStepID, RequestedProcedureID, AccessionNumber of RequestAttributesSequence.
create function request_identifiers(document text) returns text[]
language sql immutable parallel safe
return (
  select coalesce(array_agg(distinct id), '{}')
  from jsonb_array_elements(dataset_of(document) -> '00400275' -> 'Value') item,
    unnest(values_of(item, '00400009') || values_of(item, '00401001') || values_of(item, '00080050')) id
);
