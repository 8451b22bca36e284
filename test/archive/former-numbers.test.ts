import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { mergePatients } from '../../archive/patients.ts'
import { type Match, search } from '../../archive/search.ts'
import { uidOf } from '../support/records.ts'
import { type IdentityCounty, identityCounty } from './identity-county.ts'

let county: IdentityCounty
let technologist: Asker

beforeAll(async () => {
  county = await identityCounty()
  technologist = await county.person('tech', 'technologist', 'east')
  for (const [study, patient_id] of [
    ['f1', 'OLD_1%'],
    ['f2', 'NEW-1'],
    ['f3', 'OLDX1'],
  ] as const)
    await county.store({ study, values: { patient_id } })
  const { rows } = await county.index.pool.query(`select study_instance_uid as uid, patient_pk as pk from study order by study_pk`)
  await mergePatients(county, technologist, rows[0].pk, rows[1].pk, 'r')
})
afterAll(() => county.close())

const found = async (match: Match) =>
  (
    await search(county, technologist.scope, 'study', {
      matches: [{ keyword: 'PatientID', match }],
      limit: 10,
      offset: 0,
      order: [],
      include: 'all',
    })
  ).results
    .map(({ StudyInstanceUID }) => StudyInstanceUID)
    .sort()

describe('a study of a merged number', () => {
  test.each<[string, Match, string[]]>([
    ['the old number', { kind: 'single', value: 'OLD_1%' }, ['f1']],
    ['the surviving one', { kind: 'single', value: 'NEW-1' }, ['f1', 'f2']],
    ['one of several', { kind: 'list', values: ['OLD_1%', 'nobody'] }, ['f1']],
    ['the beginning of it', { kind: 'wildcard', value: 'OLD_*' }, ['f1']],
    ['any character in it', { kind: 'wildcard', value: 'OLD?1*' }, ['f1', 'f3']],
    ['a part of it alone', { kind: 'single', value: 'OLD_1' }, []],
  ])('is found by %s', async (_, match, studies) => {
    expect(await found(match)).toEqual(studies.map((study) => uidOf(study)))
  })
})

test('both numbers are looked up in an index of their own', async () => {
  const client = await county.index.pool.connect()
  try {
    await client.query('set enable_seqscan = off')
    const { rows } = await client.query(
      `explain select study_pk from study s where s.patient_id = 'OLD_1%' or s.former_patient_ids ilike '%\\\\OLD-1\\\\%'`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('BitmapOr')
    expect(plan).toContain('study_former_patient_ids')
  } finally {
    client.release(true)
  }
})
