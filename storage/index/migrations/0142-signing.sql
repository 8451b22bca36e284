-- Signing: a PIN and a key of each doctor's own (reading.md §8.5).

create table signing_pin (
  account_id integer primary key references account (id),
  -- Argon2id in its PHC form.
  pin_hash text not null,
  set_at timestamptz not null default now(),
  failures integer not null default 0,
  locked_until timestamptz
);

-- The PIN was given in this session so lately: a signing session. Signing out ends it.
alter table session add column pin_given_at timestamptz;

-- Public keys are kept for ever, since what they signed is.
create table signing_key (
  -- The first 16 bytes of the SHA-256 of the public key (SubjectPublicKeyInfo), in hexadecimal.
  key_id text primary key check (key_id ~ '^[0-9a-f]{32}$'),
  account_id integer not null references account (id),
  algorithm text not null check (algorithm in ('Ed25519')),
  public_key bytea not null,
  -- PKCS #8, sealed with the field key; gone once the key is retired.
  sealed_private_key bytea,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  check ((retired_at is null) = (sealed_private_key is not null))
);
-- One key signs for a doctor at a time.
create unique index signing_key_current on signing_key (account_id) where retired_at is null;

create function keep_public_key() returns trigger language plpgsql as $$
begin
  if old.retired_at is null and (to_jsonb(old) - 'sealed_private_key' - 'retired_at') = (to_jsonb(new) - 'sealed_private_key' - 'retired_at') then
    return new;
  end if;
  raise exception 'a public key is kept as it is' using errcode = 'restrict_violation';
end $$;
create trigger signing_key_kept before update on signing_key for each row execute function keep_public_key();
create trigger signing_key_stays before delete on signing_key for each row execute function refuse_change();

-- What is printed beside a name. A picture is named by its digest, so that the report that shows it says which it was.
create table signature_picture (
  sha256 bytea primary key check (sha256 = sha256(bytes)),
  media_type text not null check (media_type in ('image/png', 'image/jpeg')),
  bytes bytea not null check (length(bytes) <= 204800)
);
create trigger signature_picture_kept before update or delete on signature_picture for each row execute function refuse_change();
create table signing_profile (
  account_id integer primary key references account (id),
  title text not null default '' check (title in ('', '住院医师', '主治医师', '副主任医师', '主任医师')),
  picture_sha256 bytea references signature_picture (sha256)
);
