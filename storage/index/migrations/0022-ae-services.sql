-- What an Application Entity may do beyond storing and querying, and how it is called back.

alter table ae
  -- C-MOVE and C-GET, and it may be the destination of a C-MOVE.
  add column may_retrieve boolean not null default true,
  -- Modality Worklist and MPPS.
  add column may_worklist boolean not null default true,
  -- It is called over TLS (C-MOVE sub-operations, storage commitment, C-ECHO).
  add column tls boolean not null default false,
  -- In what the worklist is written for it; ISO_IR 6 and ISO_IR 100: names in pinyin, for machines that cannot show Chinese.
  add column worklist_character_set text not null default 'ISO_IR 192'
    check (worklist_character_set in ('ISO_IR 192', 'GB18030', 'GBK', 'ISO 2022 IR 58', 'ISO_IR 100', 'ISO_IR 6')),
  -- Associations that it may hold at once; null: as many as there are for all.
  add column max_associations int check (max_associations between 1 and 1000);

-- Whoever might not search may not fetch either.
update ae set may_retrieve = may_query;
