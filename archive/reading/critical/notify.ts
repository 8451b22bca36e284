/** Says a critical value to whoever is to be told at a step of the ladder: in the portal, and outside it where a channel is configured. */
import type { Queryable } from '../../../storage/index/query.ts'
import { insertNotice, type NewNotice, phonesOf } from '../../../storage/index/reading/critical-notices.ts'
import type { ReadingTools } from '../tools.ts'
import { atLevel, type Contact, telephoneList } from './contacts.ts'

interface Said {
  readonly critical: number
  readonly level: number
  readonly about: NewNotice['about']
  readonly institution: number
  readonly centre: number
}

/** What is taken back or confirmed goes to everybody who may have heard of it. */
const toAllBelow: ReadonlySet<NewNotice['about']> = new Set(['withdrawn', 'verified'])

export async function notify(
  client: Queryable,
  { outwardChannel = false }: ReadingTools,
  { critical, level, about, institution, centre }: Said,
): Promise<void> {
  const place = level === 3 ? centre : institution
  const [told] = await phonesOf(client, [place])
  await insertNotice(client, {
    critical,
    level,
    channel: 'portal',
    about,
    recipients: [{ name: told?.name ?? '', duty: '', phone: '', address: '' }],
    by: null,
    answer: null,
  })
  if (!outwardChannel) return
  const list = await telephoneList(client, { institution, centre })
  const recipients: readonly Contact[] = toAllBelow.has(about) ? list.filter((contact) => contact.level <= level) : atLevel(list, level)
  await insertNotice(client, {
    critical,
    level,
    channel: 'webhook',
    about,
    recipients: recipients.map(({ name, duty, phone, address }) => ({ name, duty, phone, address })),
    by: null,
    answer: null,
  })
}
