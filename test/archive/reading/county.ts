/** A county at work: a reading centre, two townships, people with each role, and studies that have arrived. */
import { randomBytes, randomUUID } from 'node:crypto'
import { type Asker, askerOf, type Role } from '../../../archive/access.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { FieldKey } from '../../../archive/field-key.ts'
import type { BoardTools } from '../../../archive/reading/board/board.ts'
import { archiveSigner } from '../../../archive/reading/signing/signer.ts'
import { readingDefaults } from '../../../archive/reading/tools.ts'
import { handleArrivals } from '../../../archive/reading/workflow/arrivals.ts'
import { perform } from '../../../archive/reading/workflow/perform.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { readChanges } from '../../../storage/index/changes.ts'
import type { Index } from '../../../storage/index/postgres.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import { query } from '../../../storage/index/query.ts'
import { findAccount, insertAccount } from '../../../storage/index/reading/accounts.ts'
import { writePolicy } from '../../../storage/index/reading/policies.ts'
import type { InstanceRecord, Source } from '../../../storage/index/records.ts'
import { makeCounty } from '../../support/institutions.ts'
import { instanceRecord, type Told, uidOf } from '../../support/records.ts'

export interface ReadingCounty {
  readonly tools: BoardTools
  /** Radiologists 王丽 and 李军, reviewers 曾国强 and 赵敏 of the centre; a technologist and a clinician of each township. */
  readonly people: Readonly<Record<PersonName, Asker>>
  /** Where the studies of East and West come from. */
  readonly east: Source
  readonly west: Source
  /** Stores an instance that no follower has heard of yet. */
  store(told: Omit<Told, 'source' | 'epoch'>, source?: Source, changes?: Partial<InstanceRecord>): Promise<unknown>
  /** Stores an instance as it arrives, with the followers having caught up; answers its study's UID. */
  arrive(told: Omit<Told, 'source' | 'epoch'>, source?: Source): Promise<string>
  /** The workitem of a study. */
  workitemOf(StudyInstanceUID: string): Promise<number>
  /** A study has arrived and is READY. */
  ready(study: number, values?: Record<string, string>): Promise<number>
  /** Every reader of the centre has all images of a task on the screen. */
  open(id: number): Promise<unknown>
  /** Lets the followers catch up with the feed. */
  follow(): Promise<void>
  asker(name: string, roles: readonly Role[], institution: number): Promise<Asker>
}

export type PersonName = 'wang' | 'li' | 'zeng' | 'zhao' | 'eastTech' | 'westTech' | 'eastDoctor' | 'westDoctor' | 'admin'

export async function readingCounty(index: Index): Promise<ReadingCounty> {
  const { pool } = index
  const { county, townships, sources } = await makeCounty(pool)
  const [east, west] = sources
  for (const { AETitle, institution } of sources) await upsertAE(pool, { title: AETitle!, institution, quietSeconds: 60 })
  // Signatures stand at once, and documents follow at once, where a test does not ask for the time to take them back.
  await writePolicy(pool, 'undoSeconds', 0, null)
  const [epoch] = await query<{ id: number }>(pool, `insert into epoch (gateway) values ('test') returning epoch_id as id`)
  const tools: BoardTools = {
    quietSeconds: 60,
    index,
    newUID: () => newUID(randomUUID()),
    signer: archiveSigner(new FieldKey(randomBytes(32))),
    publicURL: 'https://pacs.test',
    ...readingDefaults,
    centreTitle: '清河县医共体远程影像诊断中心',
  }

  const asker = async (username: string, roles: readonly Role[], institution: number): Promise<Asker> => {
    const id = await insertAccount(pool, {
      username: username.toLowerCase(),
      displayName: username,
      kind: 'person',
      roles,
      institution,
      enabled: true,
      demo: false,
    })
    return askerOf((await findAccount(pool, id!))!, new Date(), '127.0.0.1')
  }
  const people = {
    wang: await asker('王丽', ['radiologist'], county),
    li: await asker('李军', ['radiologist'], county),
    zeng: await asker('曾国强', ['reviewer'], county),
    zhao: await asker('赵敏', ['reviewer'], county),
    eastTech: await asker('east-tech', ['technologist'], townships[0]),
    westTech: await asker('west-tech', ['technologist'], townships[1]),
    eastDoctor: await asker('east-doctor', ['clinician'], townships[0]),
    westDoctor: await asker('west-doctor', ['clinician'], townships[1]),
    admin: await asker('admin', ['administrator'], county),
  }

  let followed = 0
  const follow = async () => {
    for (;;) {
      const changes = await readChanges(pool, followed)
      if (changes.length === 0) return
      await handleArrivals(tools, changes)
      followed = changes.at(-1)!.number
    }
  }
  const store = (told: Omit<Told, 'source' | 'epoch'>, source: Source = east, changes: Partial<InstanceRecord> = {}) =>
    publishInstances(pool, epoch!.id, [{ ...instanceRecord({ ...told, source, epoch: epoch!.id }), ...changes }])
  const arrive = async (told: Omit<Told, 'source' | 'epoch'>, source: Source = east) => {
    await store(told, source)
    await follow()
    return uidOf(told.study ?? 1)
  }
  const workitemOf = async (StudyInstanceUID: string) => {
    const [row] = await query<{ id: number }>(
      pool,
      `select w.id from workitem w join study s on s.study_pk = w.study_pk where s.study_instance_uid = $1`,
      [StudyInstanceUID],
    )
    return row!.id
  }
  const ready = async (study: number, values: Record<string, string> = {}) => {
    const id = await workitemOf(await arrive({ study, values }))
    await perform(tools, people.eastTech, id, 'ready')
    await open(id)
    return id
  }
  /** Everybody who reads has had the images on the screen, as they are; what happens otherwise has tests of its own. */
  const open = (id: number) =>
    query(
      pool,
      `insert into study_opening (workitem_id, account_id, study_pk, what, seen_change)
       select w.id, a.id, r.study_pk, 'images', last from feed, workitem w join workitem r on r.id = w.id or r.joined_into = w.id
         join account a on a.institution_id = w.centre_id where w.id = $1
       on conflict (workitem_id, account_id, study_pk, what) do update set seen_change = excluded.seen_change`,
      [id],
    )
  return { tools, people, east, west, store, arrive, workitemOf, ready, open, follow, asker }
}

/** It passes every check of the linter. */
export const completeDraft = {
  findings: '双肺纹理清晰。',
  impression: '心肺未见异常。',
  advice: '',
  polarity: 'negative',
  wording: 'normal',
  grade: { grade: '甲', dims: {} },
} as const
