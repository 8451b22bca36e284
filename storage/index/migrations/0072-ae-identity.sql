-- Equipment that must prove who it is: user identity negotiation (PS3.7 D.3.3.7) with the name and password of a program's account of its institution.

alter table ae add column requires_identity boolean not null default false;
