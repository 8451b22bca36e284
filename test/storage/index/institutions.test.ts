import { afterAll, beforeAll, expect, test } from 'vitest'
import { findAE, listAEs, seeAE, upsertAE } from '../../../storage/index/ae.ts'
import { findInstitution, listInstitutions, upsertInstitution } from '../../../storage/index/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test('an institution keeps its id when it is brought up to date', async () => {
  const county = await upsertInstitution(index.pool, { code: 'C1', name: '县医院', level: 'county', readingCentre: true })
  const town = await upsertInstitution(index.pool, { code: 'T1', name: '东乡卫生院', parent: county.id })
  expect(town).toMatchObject({ level: 'township', parent: county.id, readingCentre: false, shortName: null })
  expect(await upsertInstitution(index.pool, { code: 'T1', name: '东乡中心卫生院' })).toMatchObject({ id: town.id, name: '东乡中心卫生院' })
  expect((await listInstitutions(index.pool)).map(({ code }) => code)).toEqual(['C1', 'T1'])
  expect(await findInstitution(index.pool, 'NONE')).toBeUndefined()
})

test('which PatientIDs identify nobody, and which issuers are believed, is kept for each institution', async () => {
  const made = await upsertInstitution(index.pool, { code: 'T9', name: 'x' })
  expect(made.worthlessPatientIDs).toEqual(expect.arrayContaining(['UNKNOWN', 'NULL']))
  expect(made.worthlessPatientIDs).not.toContain(null)
  const lists = { issuersOfPatientID: ['COUNTY-MPI'], worthlessPatientIDs: ['0', '急诊'] }
  expect(await upsertInstitution(index.pool, { code: 'T9', name: 'x', ...lists })).toMatchObject(lists)
  expect(await upsertInstitution(index.pool, { code: 'T9', name: 'y' })).toMatchObject({ name: 'y', ...lists })
  const { rows } = await index.pool.query(`select issuer_of($1, ' 急诊 ', null) as worthless, issuer_of($1, 'UNKNOWN', null) as counts`, [
    made.id,
  ])
  expect(rows).toEqual([{ worthless: null, counts: `institution/${made.id}` }])
})

test.each(['', 'a/b', '../up', 'ä', 'x'.repeat(33)])('%j is no code of an institution: it would be a part of object keys', async (code) => {
  await expect(upsertInstitution(index.pool, { code, name: 'x' })).rejects.toThrow(/check/)
})

test('an Application Entity is found by its title without padding, and remembers that it called', async () => {
  const { id } = await upsertInstitution(index.pool, { code: 'T2', name: '西乡卫生院' })
  const ae = await upsertAE(index.pool, { title: 'CT_WEST', institution: id, quietSeconds: 60, fallbackCharacterSet: 'GB18030' })
  expect(ae).toMatchObject({ institutionCode: 'T2', readAtCounty: true, mayStore: true, enabled: true, lastSeen: null })
  expect(await findAE(index.pool, ' CT_WEST ')).toEqual(ae)
  await seeAE(index.pool, 'CT_WEST')
  expect((await findAE(index.pool, 'CT_WEST'))!.lastSeen).toBeInstanceOf(Date)
  await upsertAE(index.pool, { title: 'CT_WEST', institution: id, enabled: false })
  expect(await listAEs(index.pool)).toMatchObject([{ title: 'CT_WEST', enabled: false, quietSeconds: 300 }])
})

test.each(['', 'SEVENTEEN_LETTERS', 'back\\slash', 'tab\t', ' PADDED'])('%j is no AE title (PS3.5 §6.2)', async (title) => {
  const { id } = await upsertInstitution(index.pool, { code: 'T3', name: 'x' })
  await expect(upsertAE(index.pool, { title, institution: id })).rejects.toThrow(/check/)
})
