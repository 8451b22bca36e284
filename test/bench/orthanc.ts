/** The peer: Debian's Orthanc with its DICOMweb and PostgreSQL plugins; index in PostgreSQL, files on disk, synced as it does by itself. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathOf } from '../support/foreign-peers.ts'
import { freePort, startProgramProcess } from './child.ts'
import type { Database } from './database.ts'
import type { Peer } from './peer.ts'

const plugins: readonly (readonly [library: string, pkg: string])[] = [
  ['libOrthancDicomWeb.so', 'orthanc-dicomweb'],
  ['libOrthancPostgreSQLIndex.so', 'orthanc-postgresql'],
]

/** What of Debian would have to be installed; empty when all is there. */
export const missingForOrthanc: readonly string[] = [['Orthanc', 'orthanc'] as const, ...plugins]
  .filter(([program]) => pathOf(program) === undefined)
  .map(([, pkg]) => pkg)

/** `1.10.1`: to be named with every figure. */
export async function orthancVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(pathOf('Orthanc')!, ['--version'])
  return /Orthanc (\S+)/.exec(stdout)?.[1] ?? 'of unknown version'
}

/** `name` is that of its database, which is made when it is missing. */
export async function startOrthanc(folder: string, database: Database, name: string, isNew = true): Promise<Peer> {
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const storage = join(folder, name)
  if (isNew) await database.create(name)
  await mkdir(storage, { recursive: true })
  const configuration = join(folder, `${name}.json`)
  const { host, port, user } = database.parameters
  await writeFile(
    configuration,
    JSON.stringify({
      Name: 'BENCH',
      StorageDirectory: storage,
      IndexDirectory: storage,
      SyncStorageArea: true,
      HttpPort: httpPort,
      DicomPort: dicomPort,
      DicomAet: 'ORTHANC',
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      // As many associations at once as are measured, and PDUs as large as ours.
      DicomThreadsCount: 8,
      MaximumPduLength: 131_072,
      KeepAlive: true,
      TcpNoDelay: true,
      Plugins: plugins.map(([library]) => pathOf(library)),
      PostgreSQL: {
        EnableIndex: true,
        EnableStorage: false,
        Host: host,
        Port: port,
        Database: name,
        Username: user,
        Password: '',
        Lock: false,
      },
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
    }),
  )
  const origin = `http://127.0.0.1:${httpPort}`
  const running = await startProgramProcess([pathOf('Orthanc')!, configuration], {
    environment: { TCP_NODELAY: '1' },
    isReady: async () => (await fetch(`${origin}/system`)).ok,
  })
  return {
    name: 'Orthanc',
    pid: running.pid,
    dicom: { port: dicomPort, AETitle: 'ORTHANC' },
    studies: `${origin}/dicom-web/studies`,
    reader: {},
    sender: {},
    secondsToReady: running.secondsToReady,
    close: running.close,
  }
}
