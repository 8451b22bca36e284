/** Who is told at which step of the ladder (reading.md §3.4), and by what number: the telephone list of a ward and of the centre. */
import { type Queryable, transaction } from '../../../storage/index/query.ts'
import { type ContactRow, contactsOf, phonesOf, placesOf, saveContacts } from '../../../storage/index/reading/critical-notices.ts'
import { type Asker, demand, demandOver, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { Forbidden } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'

/** 0 at once · 1 the ward's duty · 2 the township's director on call · 3 the county's duty office. */
export const levels = [0, 1, 2, 3] as const
export type Level = (typeof levels)[number]

export type Contact = ContactRow

interface Place {
  readonly institution: number
  readonly centre: number
}

/** The list of a patient's two places: steps 0 to 2 are the institution's, step 3 the centre's. One without a list has its switchboard. */
export async function telephoneList(on: Queryable, { institution, centre }: Place): Promise<Contact[]> {
  const [contacts, phones] = await Promise.all([contactsOf(on, [institution, centre]), phonesOf(on, [institution, centre])])
  const own = contacts.filter(({ institution: of, level }) => (level === 3 ? of === centre : of === institution))
  const switchboards = phones
    .filter(({ id, phone }) => (phone ?? '') !== '' && (id === centre ? !own.some(({ level }) => level === 3) : true))
    .map(
      ({ id, name, phone }): Contact => ({
        level: id === centre && id !== institution ? 3 : 1,
        name,
        duty: '',
        phone: phone!,
        address: '',
      }),
    )
  return [...own.map(({ level, name, duty, phone, address }) => ({ level, name, duty, phone, address })), ...switchboards].sort(
    (a, b) => a.level - b.level,
  )
}

export const atLevel = (contacts: readonly Contact[], level: number): readonly Contact[] =>
  contacts.filter((contact) => contact.level === level)

/** Whose lists the asker may see: at the reading centre all that send to it. @throws Forbidden */
export async function getPlaces({ index: { pool } }: ReadingTools, asker: Asker): Promise<{ id: number; name: string }[]> {
  demand(asker, 'retrieve')
  return asker.institution.readingCentre ? placesOf(pool, asker.scope) : [{ id: asker.institution.id, name: asker.institution.name }]
}

export interface ContactList {
  readonly institution: number
  readonly items: readonly Contact[]
  readonly mayEdit: boolean
}

const mayEdit = (asker: Asker, institution: number): boolean =>
  (asker.institution.id === institution && (may(asker, 'administer') || may(asker, 'direct') || may(asker, 'board'))) ||
  (asker.institution.readingCentre && (may(asker, 'administer') || may(asker, 'direct') || may(asker, 'coordinate')))

/** Of the own institution; the reading centre sees all. @throws Forbidden */
export async function getContacts({ index: { pool } }: ReadingTools, asker: Asker, institution: number): Promise<ContactList> {
  demand(asker, 'retrieve')
  if (!asker.institution.readingCentre) demandOver(asker, institution)
  const rows = await contactsOf(pool, [institution])
  return {
    institution,
    items: rows.map(({ level, name, duty, phone, address }) => ({ level, name, duty, phone, address })),
    mayEdit: mayEdit(asker, institution),
  }
}

/** @throws Forbidden */
export async function putContacts(tools: ReadingTools, asker: Asker, institution: number, items: readonly Contact[]): Promise<ContactList> {
  demandPerson(asker)
  if (!mayEdit(asker, institution)) throw new Forbidden('The telephone list is kept by the institution itself or by the reading centre')
  await transaction(tools.index.pool, async (client) => {
    await saveContacts(client, institution, items)
    await auditIn(client, asker, { action: 'critical-contacts', object: `institution/${institution}`, detail: { contacts: items.length } })
  })
  return getContacts(tools, asker, institution)
}
