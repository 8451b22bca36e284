/** The same instance in another transfer syntax: closed by itself where it says the same, asked about where it does not. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPeers, run } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { haveSamples, sampleBytes, samples } from '../support/samples.ts'

describeWithPeers('another encoding', ['dcmconv'], () => {
  let program: TestProgram
  let folder: string
  beforeAll(async () => {
    program = await startTestProgram()
    folder = await mkdtemp(join(tmpdir(), 'encodings-'))
  }, 60_000)
  afterAll(async () => {
    await program.close()
    await rm(folder, { recursive: true, force: true })
  })

  const store = async (bytes: Uint8Array) => {
    const response = await program.request('east-technologist', '/dicomweb/studies', {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom' },
      body: new Uint8Array(bytes),
    })
    expect([200, 202]).toContain(response.status)
  }
  const converted = async (bytes: Uint8Array, ...options: string[]): Promise<Buffer> => {
    const [from, to] = [join(folder, 'from.dcm'), join(folder, 'to.dcm')]
    await writeFile(from, bytes)
    const { code, output } = await run('dcmconv', [...options, from, to])
    expect(code, output).toBe(0)
    return readFile(to)
  }
  /** What became of the version, once the job has looked at it. */
  const outcome = async (SOPInstanceUID: string): Promise<string> => {
    for (let turn = 0; turn < 300; turn++) {
      const { rows } = await program.index.pool.query(
        `select v.decision, (select kind from identity_question q where q.detail = v.sop_instance_uid) as asked from version v where v.sop_instance_uid = $1`,
        [SOPInstanceUID],
      )
      if (rows[0]?.decision != null || rows[0]?.asked != null) return rows[0].decision ?? rows[0].asked
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return 'nothing'
  }

  test.skipIf(!haveSamples)('from explicit to implicit VR, private attributes and all: nobody is asked', { timeout: 60_000 }, async () => {
    const sample = samples.find(({ name }) => name === 'pyd-CT_small.dcm')!
    await store(sampleBytes(sample.name))
    await store(await converted(sampleBytes(sample.name), '+ti'))
    expect(await outcome(sample.sop_instance_uid)).toBe('same')
  })

  test.skipIf(!haveSamples)('big endian and little endian: nobody is asked', { timeout: 60_000 }, async () => {
    const sample = samples.find(({ name }) => name === 'pyd-ExplVR_BigEnd.dcm')!
    await store(sampleBytes(sample.name))
    await store(await converted(sampleBytes(sample.name), '+te'))
    expect(await outcome(sample.sop_instance_uid)).toBe('same')
  })

  test.skipIf(!haveSamples)('with another pixel or another name: a person is asked', { timeout: 60_000 }, async () => {
    const sample = samples.find(({ name }) => name === 'dicom-1.dcm')!
    const bytes = sampleBytes(sample.name)
    await store(bytes)
    const other = await converted(bytes, '+ti')
    other[other.length - 40]! ^= 1
    await store(other)
    expect(await outcome(sample.sop_instance_uid)).toBe('encoding')
    const { items } = (await (await program.request('east-technologist', '/api/conflicts')).json()) as {
      items: { kind: string; decisions: { code: string }[] }[]
    }
    expect(items.find(({ kind }) => kind === 'encoding')!.decisions.map(({ code }) => code)).toEqual(['keep-current', 'use-version-2'])
  })
})
