/** Memory above idle while one instance of 1 GB arrives, in processes of their own that have done nothing before: by C-STORE, then by STOW-RS. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hugeInstance } from '../../test-images/index.ts'
import { missingS3, newBucket, startS3 } from '../support/ceph.ts'
import { forgetPeak, resident } from '../support/process-figures.ts'
import { startArchive } from './archive.ts'
import type { Bench, Part } from './bench-run.ts'
import { startDatabase } from './database.ts'
import { startOrthanc } from './orthanc.ts'
import type { Peer } from './peer.ts'
import { cStoreStream, stow } from './senders.ts'
import { atMost, type Line, megabytes } from './table.ts'

/** 8 MiB each: a little more than 1 GB together. */
const frames = 128
const MB = 1e6

interface Memory {
  readonly idle: number
  readonly cStore: number
  readonly stow: number
}

export const measureMemory: Part = async (bench) => {
  const disk = await ofArchive(bench, 'memory-disk', {})
  const orthanc = bench.peers.length > 1 ? await ofOrthanc(bench) : undefined
  const s3 = await ofArchiveOnS3(bench)
  const line = (what: string, ours: number, peer: number | undefined, most: number): Line => ({
    what,
    unit: megabytes,
    pairs: [{ ours, peer }],
    budget: atMost(most),
  })
  return [
    line('Memory idle', disk.idle, orthanc?.idle, 200 * MB),
    line('  above idle, 1 GB by C-STORE, disk', disk.cStore, orthanc?.cStore, 64 * MB),
    line('  above idle, 1 GB by STOW-RS, disk', disk.stow, orthanc?.stow, 64 * MB),
    ...(s3 === undefined
      ? []
      : [
          line('  above idle, 1 GB by C-STORE, S3', s3.cStore, undefined, 64 * MB),
          line('  above idle, 1 GB by STOW-RS, S3', s3.stow, undefined, 64 * MB),
        ]),
  ]
}

async function ofArchive({ folder, resources }: Bench, name: string, settings: Readonly<Record<string, string>>): Promise<Memory> {
  const own = join(folder, name)
  await mkdir(own)
  const database = resources.add(await startDatabase(join(own, 'postgres')))
  const peer = resources.add(await startArchive({ folder: own, database, settings }))
  const memory = await measure(peer)
  await resources.close(peer)
  await resources.close(database)
  return memory
}

async function ofArchiveOnS3(bench: Bench): Promise<Memory | undefined> {
  if (missingS3 !== undefined) {
    bench.say(`Memory on S3 is not measured: ${missingS3}`)
    return undefined
  }
  const server = bench.resources.add(await startS3())
  const { endpoint, bucket, region, accessKey, secretKey } = newBucket(server)
  const memory = await ofArchive(bench, 'memory-s3', {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    S3_REGION: region,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
  })
  await bench.resources.close(server)
  return memory
}

async function ofOrthanc({ folder, database, resources }: Bench): Promise<Memory> {
  const peer = resources.add(await startOrthanc(folder, database, 'orthanc_memory'))
  const memory = await measure(peer)
  await resources.close(peer)
  return memory
}

async function measure(peer: Peer): Promise<Memory> {
  await sleep(1_000)
  const { now: idle } = await resident(peer.pid)
  const above = async (receive: () => Promise<void>): Promise<number> => {
    await forgetPeak(peer.pid)
    await receive()
    return (await resident(peer.pid)).peak - idle
  }
  const first = hugeInstance({ seed: 'memory by C-STORE', frames })
  const second = hugeInstance({ seed: 'memory by STOW-RS', frames })
  return {
    idle,
    cStore: await above(() => cStoreStream(peer, [{ ...first, dataset: first.dataset() }])),
    stow: await above(() => stow(peer, [second.part10()], second.part10Length)),
  }
}
