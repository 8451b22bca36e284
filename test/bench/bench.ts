/**
 * `npm run bench`: how fast and how small, against Debian's Orthanc on the same PostgreSQL in the same run. README.md says what each line measures.
 *
 *   npm run bench -- [store dimse metadata frames series list memory start] [--runs 3] [--slices 300] [--studies 300] [--alone] [--profile FOLDER]
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { startArchive } from './archive.ts'
import { type Bench, type Part, Stored } from './bench-run.ts'
import { startDatabase } from './database.ts'
import { measureDIMSE } from './dimse.ts'
import { measureFrames } from './frames.ts'
import { closeConnections } from './http-client.ts'
import { measureList } from './list.ts'
import { loadClient } from './load.ts'
import { measureMemory } from './memory.ts'
import { measureMetadata } from './metadata.ts'
import { readOptions } from './options.ts'
import { missingForOrthanc, orthancVersion, startOrthanc } from './orthanc.ts'
import { Resources } from './resources.ts'
import { cStoreClient } from './senders.ts'
import { measureSeries } from './series.ts'
import { makeSlices } from './slices.ts'
import { measureStart } from './start.ts'
import { measureStore } from './store.ts'
import { type Line, table } from './table.ts'

/** In the order in which they are run: what fills the archives comes last but for the start, which wants a filled one. */
const parts: Readonly<Record<string, Part>> = {
  dimse: measureDIMSE,
  store: measureStore,
  metadata: measureMetadata,
  frames: measureFrames,
  series: measureSeries,
  list: measureList,
  memory: measureMemory,
  start: measureStart,
}

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
const options = readOptions(process.argv.slice(2), Object.keys(parts))
const withPeer = !options.alone && missingForOrthanc.length === 0
const peerName = withPeer ? `Orthanc ${await orthancVersion()}` : 'no peer'
const began = performance.now()

// Opened for others: as root, PostgreSQL runs under an account of its own and must reach its folder.
const folder = await mkdtemp(join(tmpdir(), 'bench-'))
await chmod(folder, 0o755)
const resources = new Resources()
resources.add({ close: () => rm(folder, { recursive: true, force: true }) })
const stop = async (): Promise<void> => {
  closeConnections()
  await resources.closeAll(say)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().then(() => process.exit(1)))

const lines: Line[] = []
try {
  const own = join(folder, 'archive')
  await mkdir(own)
  const database = resources.add(await startDatabase(join(own, 'postgres')))
  const peers = [resources.add(await startArchive({ folder: own, database, profile: options.profile }))]
  if (withPeer) peers.push(resources.add(await startOrthanc(folder, database, 'orthanc')))
  say(`Making ${options.slices} CT slices …`)
  const slices = await makeSlices(options.slices)
  const bench: Bench = {
    folder,
    database,
    peers,
    slices,
    runs: options.runs,
    studies: options.studies,
    stored: new Stored(),
    resources,
    say,
  }
  for (const [name, measure] of Object.entries(parts)) {
    if (!options.parts.includes(name)) continue
    say(`Measuring: ${name} …`)
    lines.push(...(await measure(bench)))
  }
} finally {
  await stop()
}

console.log(`\n${table(lines, peerName)}\n`)
for (const note of [
  `Medians of ${options.runs} rounds in turns after one of warming up; ratios are medians of the rounds' own. ${cpus().length} processors, ${Math.round(totalmem() / 1e9)} GB, Node ${process.versions.node}, ${Math.round((performance.now() - began) / 1_000)} s.`,
  `C-STORE by ${cStoreClient}. Many clients by ${loadClient}.`,
  withPeer
    ? `${peerName} of Debian with its DICOMweb and PostgreSQL plugins on the same PostgreSQL server, files on the same disk; newer ones are faster.`
    : options.alone
      ? 'Without a peer, as asked for: no ratios.'
      : `No ratios, since there is no peer: install Debian's ${missingForOrthanc.join(', ')}.`,
]) {
  console.log(note)
}
